# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the launch tests share: a graph of their own, the package of this checkout, a probe.

The probe stands outside: it makes its messages from plain numbers and reads what comes back field
by field, without the message module of the package.
"""

import contextlib
import importlib
import os
import stat
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from _pytest import fixtures

from helpers.processes import environment

PACKAGE = 'thermal_depth_ros'
EXECUTABLES = ('vehicle', 'thermal', 'rgb', 'replay', 'trainer')
WAIT_S = 100.0

# launch_pytest of Jazzy asks a fixture for its scope under the name pytest used until 8.3.
_definition = getattr(fixtures, 'FixtureFunctionDefinition', None)
if _definition is not None and not hasattr(_definition, '_pytestfixturefunction'):
    _definition._pytestfixturefunction = property(lambda self: self._fixture_function_marker)


@pytest.fixture
def own_graph(monkeypatch, domain_id):
    """Give the test a ROS domain of its own."""
    monkeypatch.setenv('ROS_DOMAIN_ID', str(domain_id))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')


@pytest.fixture
def installed(tmp_path, monkeypatch, repository, own_graph):
    """Put this checkout into the ament index, with its executables; return its launch folder."""
    prefix = tmp_path / 'prefix'
    marker = prefix / 'share' / 'ament_index' / 'resource_index' / 'packages' / PACKAGE
    marker.parent.mkdir(parents=True)
    marker.touch()
    folder = prefix / 'lib' / PACKAGE
    folder.mkdir(parents=True)
    for name in EXECUTABLES:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {sys.executable} -m {PACKAGE}.cli.main {name} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    path = os.environ.get('AMENT_PREFIX_PATH', '')
    monkeypatch.setenv('AMENT_PREFIX_PATH', f'{prefix}{os.pathsep}{path}')
    monkeypatch.setenv('PYTHONPATH', environment()['PYTHONPATH'])
    return repository / 'launch'


@pytest.fixture
def fails_alone(installed):
    """Return a function: a launch file ends with 1 and leaves no process behind."""

    def launch(name, **arguments):
        from launch import LaunchDescription, LaunchService
        from launch.actions import IncludeLaunchDescription
        from launch.launch_description_sources import PythonLaunchDescriptionSource

        include = IncludeLaunchDescription(
            PythonLaunchDescriptionSource(str(installed / name)),
            launch_arguments=arguments.items(),
        )
        before = set(psutil.Process().children(recursive=True))
        service = LaunchService()
        service.include_launch_description(LaunchDescription([include]))
        code = service.run()
        left = set(psutil.Process().children(recursive=True)) - before
        for process in left:
            process.kill()
        assert code == 1
        assert not left

    return launch


@pytest.fixture
def passthrough(tmp_path):
    """Parameters that replace the networks by a constant depth."""
    path = tmp_path / 'params.yaml'
    path.write_text('/**:\n  ros__parameters:\n    network: passthrough\n')
    return path


@pytest.fixture
def tiny_networks(tmp_path, tiny_thermal_bundle, tiny_rgb_bundle):
    """Parameters that run the real networks, in a small size."""
    path = tmp_path / 'params.yaml'
    path.write_text(
        f'/**/thermal:\n  ros__parameters:\n    bundle: {tiny_thermal_bundle}\n'
        f'/**/rgb:\n  ros__parameters:\n    bundle: {tiny_rgb_bundle}\n'
    )
    return path


class Probe:
    """Two cameras and a subscriber to everything, in this process."""

    SIZES = {'thermal': (64, 80), 'rgb': (48, 64)}
    FRAMES = {'thermal': 'thermal_optical', 'rgb': 'rgb_optical'}

    def __init__(self, node, messages, namespace=''):
        self.node, self.msgs, self.namespace = node, messages, namespace
        self.heard = {}
        self.sent = {'thermal': [], 'rgb': []}
        self.publishers = {}
        for kind in self.SIZES:
            self._offer(messages.Image, f'{kind}/image_raw')
            self._offer(messages.CameraInfo, f'{kind}/camera_info')
        self._mount()

    def name(self, topic):
        return f'{self.namespace}/{topic}'

    def _offer(self, message, topic):
        self.publishers[topic] = self.node.create_publisher(message, self.name(topic), 5)

    def listen(self, topic, message, latched=False):
        m = self.msgs
        durability = m.DurabilityPolicy.TRANSIENT_LOCAL if latched else m.DurabilityPolicy.VOLATILE
        profile = m.QoSProfile(depth=20, durability=durability)
        name = topic if topic.startswith('/') else self.name(topic)
        heard = self.heard.setdefault(topic, [])
        self.node.create_subscription(message, name, heard.append, profile)

    def _mount(self):
        m = self.msgs
        profile = m.QoSProfile(depth=1, durability=m.DurabilityPolicy.TRANSIENT_LOCAL)
        self.static = self.node.create_publisher(m.TFMessage, self.name('tf_static'), profile)
        mount = m.TransformStamped()
        mount.header.frame_id = 'base_link'
        mount.child_frame_id = self.FRAMES['thermal']
        mount.transform.translation.z = 1.0
        q = mount.transform.rotation
        q.x, q.y, q.z, q.w = -0.5, 0.5, -0.5, 0.5
        self.static.publish(m.TFMessage(transforms=[mount]))

    def send(self, kind, stamp_ns):
        height, width = self.SIZES[kind]
        image, info = self.msgs.Image(), self.msgs.CameraInfo()
        for message in (image, info):
            message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
            message.header.frame_id = self.FRAMES[kind]
            message.height, message.width = height, width
        ramp = np.add.outer(np.arange(height), np.arange(width) + stamp_ns // 10**8 % 7)
        if kind == 'thermal':
            image.encoding, image.step = 'mono16', 2 * width
            image.data.frombytes((22000 + 10 * ramp).astype('<u2').tobytes())
        else:
            image.encoding, image.step = 'rgb8', 3 * width
            image.data.frombytes(np.repeat(ramp[..., None], 3, 2).astype(np.uint8).tobytes())
        cx, cy = (width - 1) / 2, (height - 1) / 2
        info.k = [70.0, 0.0, cx, 0.0, 70.0, cy, 0.0, 0.0, 1.0]
        info.p = [70.0, 0.0, cx, 0.0, 0.0, 70.0, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
        info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
        info.distortion_model, info.d = 'plumb_bob', [0.0] * 5
        self.publishers[f'{kind}/camera_info'].publish(info)
        self.publishers[f'{kind}/image_raw'].publish(image)
        self.sent[kind].append(stamp_ns)

    def send_until(self, done, kinds=('thermal', 'rgb'), period_s=0.1, wait_s=WAIT_S):
        """Send frames until `done()` says so, or fail with what was heard by then."""
        end = time.monotonic() + wait_s
        while not done():
            assert time.monotonic() < end, {topic: len(m) for topic, m in self.heard.items()}
            stamp_ns = self.node.get_clock().now().nanoseconds
            for kind in kinds:
                self.send(kind, stamp_ns)
            time.sleep(period_s)

    def wait(self, done, what, wait_s=WAIT_S):
        end = time.monotonic() + wait_s
        while not done():
            assert time.monotonic() < end, what
            time.sleep(0.05)

    def nodes(self):
        return {
            f'{namespace.rstrip("/")}/{name}'
            for name, namespace in self.node.get_node_names_and_namespaces()
        }

    def call(self, kind, service, request):
        client = self.node.create_client(kind, service)
        assert client.wait_for_service(timeout_sec=WAIT_S), service
        future = client.call_async(request)
        self.wait(future.done, f'no answer from {service}')
        return future.result()


_MESSAGES = {
    'diagnostic_msgs.msg': ('DiagnosticArray',),
    'geometry_msgs.msg': ('TransformStamped',),
    'lifecycle_msgs.srv': ('ChangeState', 'GetState'),
    'nav_msgs.msg': ('Odometry',),
    'rcl_interfaces.srv': ('GetParameters',),
    'rclpy.qos': ('DurabilityPolicy', 'QoSProfile'),
    'sensor_msgs.msg': ('CameraInfo', 'Image', 'PointCloud2'),
    'tf2_msgs.msg': ('TFMessage',),
    'vision_msgs.msg': ('LabelInfo',),
}


def _messages():
    return SimpleNamespace(
        **{
            name: getattr(importlib.import_module(module), name)
            for module, names in _MESSAGES.items()
            for name in names
        }
    )


@pytest.fixture
def make_probe(own_graph):
    """Make probes in a given namespace; they spin in a thread of their own."""
    rclpy = pytest.importorskip('rclpy')
    from rclpy.executors import SingleThreadedExecutor

    with contextlib.ExitStack() as held:

        def make(namespace=''):
            context = rclpy.Context()
            rclpy.init(context=context)
            node = rclpy.create_node('probe', context=context)
            executor = SingleThreadedExecutor(context=context)
            executor.add_node(node)
            stop = threading.Event()

            def spin():
                while not stop.is_set():
                    executor.spin_once(timeout_sec=0.05)

            thread = threading.Thread(target=spin, daemon=True)
            held.callback(rclpy.try_shutdown, context=context)
            held.callback(node.destroy_node)
            held.callback(thread.join)
            held.callback(stop.set)
            thread.start()
            return Probe(node, _messages(), namespace)

        yield make
