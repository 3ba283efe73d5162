# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

PROBE = """
import sys

class NoRos:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('rclpy', 'std_msgs', 'sensor_msgs', 'geometry_msgs', 'nav_msgs',
                                  'builtin_interfaces', 'tf2_msgs', 'vision_msgs', 'torch',
                                  'cv_bridge', 'sensor_msgs_py', 'tf_transformations'):
            raise ImportError(f'{name} is not here')

sys.meta_path.insert(0, NoRos())
import importlib, pkgutil
import numpy as np
import thermal_depth_ros.messages as package
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f'{package.__name__}.{module.name}')
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.ros_types import ros_types
pixels = np.arange(6, dtype=np.uint16).reshape(2, 3)
assert (image_to_array(array_to_image(bag_types(), pixels, 'mono16', 0, '')) == pixels).all()
try:
    array_to_image(ros_types(), pixels, 'mono16', 0, '')
except MessageError as error:
    print(error)
"""


def test_everything_but_ros_types_works_without_ros_and_torch():
    done = subprocess.run(
        [sys.executable, '-c', PROBE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'the package sensor_msgs cannot be imported here' in done.stdout
