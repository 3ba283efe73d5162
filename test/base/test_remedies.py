# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is missing around the package is named in one line, with a remedy that fits the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from thermal_depth_ros.base import remedies


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Pretend to be installed from a checkout or without, with or without a ROS distribution."""

    def pretend(checkout: bool, distro: str = '', prepared: bool = False) -> None:
        monkeypatch.setattr(remedies, '_CHECKOUT', tmp_path)
        if checkout:
            (tmp_path / 'scripts').mkdir()
            (tmp_path / 'scripts' / 'setup.sh').touch()
        if prepared:
            (tmp_path / '.env').mkdir()
        monkeypatch.setenv('ROS_DISTRO', distro)

    return pretend


@pytest.mark.parametrize(('distro', 'prepared'), [('', False), ('', True), ('jazzy', True)])
def test_in_a_checkout_that_is_set_up_by_make_it_is_make(machine, tmp_path, distro, prepared):
    machine(True, distro, prepared)
    assert remedies.of_missing('rosbags').startswith(f'run `make setup` in {tmp_path} ')


@pytest.mark.parametrize('checkout', [True, False])
@pytest.mark.parametrize(
    ('module', 'remedy'),
    [
        ('rosbags.rosbag2', 'python3 -m pip install rosbags'),
        ('cv2', 'python3 -m pip install opencv-python-headless'),
        ('sensor_msgs.msg', 'sudo apt install ros-jazzy-sensor-msgs'),
        ('rclpy', 'sudo apt install ros-jazzy-rclpy'),
    ],
)
def test_on_a_ros_install_it_is_pip_or_apt(machine, checkout, module, remedy):
    machine(checkout, 'jazzy')
    assert remedies.of_missing(module) == remedy


def test_without_checkout_and_ros_it_is_a_ros_install(machine):
    machine(False)
    assert '/opt/ros/' in remedies.of_missing('vision_msgs')
    assert remedies.of_missing('torch') == 'python3 -m pip install torch'


def test_a_module_of_this_package_that_is_missing_is_a_defect_and_not_a_remedy():
    error = ModuleNotFoundError('No module', name='thermal_depth_ros.nothing')
    assert remedies.is_defect(error) and remedies.missing_import(error) == 'No module'


def test_a_library_that_does_not_load_keeps_its_reason():
    error = ImportError('libcudart.so.12: cannot open', name='torch._C')
    assert 'torch cannot be imported (libcudart.so.12: cannot open): ' in remedies.missing_import(
        error
    )
    assert remedies.missing_import(ImportError('odd')) == 'odd'


def index(prefix: Path, *names: str) -> str:
    folder = prefix / 'share' / 'ament_index' / 'resource_index' / 'rmw_typesupport'
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    return str(prefix)


def test_a_middleware_that_is_not_there_is_named_with_those_that_are(tmp_path):
    prefixes = [
        index(tmp_path / 'one', 'rmw_implementation', 'rmw_fastrtps_cpp'),
        index(tmp_path / 'two', 'rmw_zenoh_cpp'),
    ]
    environment = {
        'AMENT_PREFIX_PATH': os.pathsep.join(prefixes),
        'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp',
        'ROS_DISTRO': 'jazzy',
    }
    with pytest.raises(remedies.MissingMiddlewareError) as caught:
        remedies.require_middleware(environment)
    assert str(caught.value) == (
        'RMW_IMPLEMENTATION=rmw_cyclonedds_cpp is not installed; there is rmw_fastrtps_cpp, '
        'rmw_zenoh_cpp: sudo apt install ros-jazzy-rmw-cyclonedds-cpp, or unset RMW_IMPLEMENTATION'
    )
    for name in ('rmw_zenoh_cpp', 'rmw_fastrtps_cpp', ''):
        remedies.require_middleware(environment | {'RMW_IMPLEMENTATION': name})


def test_where_nothing_is_known_of_middleware_nothing_is_refused(tmp_path):
    wanted = {'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'}
    remedies.require_middleware(wanted)
    remedies.require_middleware(wanted | {'AMENT_PREFIX_PATH': str(tmp_path)})


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-c', code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


COMMAND = """
import sys
{prelude}
from thermal_depth_ros.cli.main import main
sys.exit(main({arguments!r}))
"""


@pytest.mark.ros
@pytest.mark.parametrize(
    'arguments',
    [
        ['vehicle'],
        ['trainer'],
        ['record', '-o', 'out'],
        ['bench', '--start-up'],
        ['replay', str(Path(__file__).parents[2] / 'demo' / 'recording_lepton')],
        ['demo'],
        ['doctor'],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_that_joins_the_graph_names_the_middleware_that_is_missing(
    arguments, tmp_path
):
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    prefix = index(tmp_path, 'rmw_fastrtps_cpp')
    code = COMMAND.format(prelude='', arguments=arguments)
    done = run(code, AMENT_PREFIX_PATH=prefix, RMW_IMPLEMENTATION='rmw_no_such_cpp')
    assert done.returncode == 1, done.stderr
    assert 'RMW_IMPLEMENTATION=rmw_no_such_cpp is not installed' in done.stdout + done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    'arguments', [['replay', 'none.mcap'], ['process', 'none.mcap', '-o', 'out']]
)
def test_a_command_without_a_library_it_needs_names_it_in_one_line(arguments):
    prelude = "sys.modules['rosbags'] = None"
    done = run(COMMAND.format(prelude=prelude, arguments=arguments))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith('error: rosbags cannot be imported') and 'rosbags' in line
    assert line.endswith(remedies.of_missing('rosbags'))
