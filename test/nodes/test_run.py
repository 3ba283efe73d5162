# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The real `vehicle` in a process of its own: start, contract over DDS, and its end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros
# Under 1.5 s on an idle machine, which the bench measures; here other programs may run.
LIMIT_S = 20.0
LOOKING_FORWARD = (-0.5, 0.5, -0.5, 0.5)


class Vehicle:
    """A vehicle process and what it logs."""

    def __init__(self, domain: int, *arguments: str) -> None:
        environment = os.environ | {'ROS_DOMAIN_ID': str(domain), 'PYTHONUNBUFFERED': '1'}
        self.process = subprocess.Popen(
            [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'vehicle', *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        self.lines += iter(self.process.stdout.readline, '')

    @property
    def log(self) -> str:
        return ''.join(self.lines)

    def has_loaded(self, library: str) -> bool:
        return library in Path(f'/proc/{self.process.pid}/maps').read_text()

    def end(self, number: int) -> tuple[int, float]:
        """Send a signal; return the exit code and the seconds that the end took."""
        start = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(60.0)
        return code, time.monotonic() - start


@pytest.fixture
def vehicle(domain_id):
    running: list[Vehicle] = []

    def start(*arguments: str) -> Vehicle:
        running.append(Vehicle(domain_id, *arguments))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()


def test_the_composed_vehicle_keeps_the_contract(graph, vehicle):
    """Topics, types, stamps, frames, encodings, TF and labels, from process to process."""
    from thermal_depth_ros.base import contract

    running = vehicle('--network', 'passthrough')
    assert eventually(lambda: running.log.count('active: ') == 2), running.log
    for kind, outputs in contract.OUTPUTS.items():
        graph.send_transform('base_link', f'{kind}_optical', (0.0, 0.0, 1.0), LOOKING_FORWARD)
        for output in outputs.values():
            graph.listen(output.topic, output.type, output.latched)
    for kind, shape in (('thermal', (512, 640)), ('rgb', (480, 640))):
        info = graph.publisher(f'{kind}/camera_info', 'sensor_msgs/msg/CameraInfo')
        topics = [o.topic for o in contract.OUTPUTS[kind].values()]
        end = time.monotonic() + 60.0
        while not all(graph.heard[topic] for topic in topics) and time.monotonic() < end:
            message = graph.image(kind, shape=shape)
            sent = graph.info(kind, shape=shape)
            sent.header.stamp = message.header.stamp
            info.publish(sent)
            graph.send_image(kind, message)
            eventually(lambda: False, 0.05)
        silent = [topic for topic in topics if not graph.heard[topic]]
        assert not silent, (silent, running.log)
        for key, output in contract.OUTPUTS[kind].items():
            heard = graph.heard[output.topic][-1]
            if key in ('odometry', 'tf', 'label_info'):
                continue
            assert heard.header.frame_id == f'{kind}_optical', key
            assert (heard.height, heard.width) == shape, key
            assert heard.header.stamp.sec == message.header.stamp.sec, key
    depth = np.frombuffer(graph.heard['thermal/depth/image'][-1].data, np.float32)
    np.testing.assert_array_equal(depth, np.full(512 * 640, 10.0, np.float32))
    encodings = {
        t: m[-1].encoding for t, m in graph.heard.items() if m and hasattr(m[-1], 'encoding')
    }
    assert encodings == {
        'thermal/depth/image': '32FC1',
        'thermal/depth/confidence': '32FC1',
        'thermal/depth/colour': 'rgb8',
        'rgb/depth/image': '32FC1',
        'rgb/depth/confidence': '32FC1',
        'rgb/semantic/image': 'mono8',
        'rgb/semantic/confidence': '32FC1',
        'rgb/semantic/overlay': 'rgb8',
    }
    tf = graph.heard['/tf'][-1].transforms[0]
    assert (tf.header.frame_id, tf.child_frame_id) == ('odom', 'base_link')
    assert graph.heard['odometry'][-1].child_frame_id == 'base_link'
    assert len(graph.heard['rgb/semantic/label_info'][-1].class_map) == 19
    assert eventually(lambda: graph.part('rgb: model') and graph.part('thermal: model'))
    code, seconds = running.end(signal.SIGINT)
    assert code == 0 and seconds < LIMIT_S, (code, seconds, running.log)
    assert 'Traceback' not in running.log


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signals_during_start_end_it_quietly(vehicle, number):
    running = vehicle('--network', 'passthrough')
    assert eventually(lambda: running.has_loaded('_rclpy'))
    code, seconds = running.end(number)
    assert code == 0 and seconds < LIMIT_S, (code, seconds, running.log)
    assert 'Traceback' not in running.log


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_signals_while_networks_load_end_it_quietly(vehicle, number):
    running = vehicle('-p', 'thermal:bundle:=thermal_default', '-p', 'rgb:bundle:=rgb_default')
    assert eventually(lambda: running.has_loaded('libtorch_cpu'))
    code, seconds = running.end(number)
    assert code == 0 and seconds < LIMIT_S, (code, seconds, running.log)
    assert 'Traceback' not in running.log


def test_a_bundle_that_is_not_there_is_reported_and_the_process_stays(vehicle):
    running = vehicle('-p', 'bundle:=no_such_bundle')
    assert eventually(lambda: running.log.count('cannot configure: ') == 2), running.log
    assert 'no_such_bundle' in running.log
    assert running.process.poll() is None
    assert running.end(signal.SIGTERM)[0] == 0
    assert 'Traceback' not in running.log


def test_a_bundle_that_is_not_there_ends_the_process_where_asked_to(vehicle):
    running = vehicle('-p', 'rgb:bundle:=no_such_bundle', '-p', 'on_configure_failure:=exit')
    assert running.process.wait(60.0) == 1
    assert eventually(lambda: 'no_such_bundle' in running.log)
    assert 'Traceback' not in running.log


def test_ros_arguments_that_are_wrong_end_it_with_a_reason(vehicle):
    running = vehicle('--ros-args', '-p', 'nonsense')
    assert running.process.wait(60.0) == 2
    assert eventually(lambda: 'error: ' in running.log and 'nonsense' in running.log)
    assert 'Traceback' not in running.log


def test_names_move_with_namespace_and_remapping(graph, vehicle):
    arguments = ['--network', 'passthrough', '--namespace', 'robot1']
    ros_arguments = ['--ros-args', '-r', 'thermal/image_raw:=/lwir/raw', '-r', '/tf:=tf']
    running = vehicle(*arguments, *ros_arguments)
    assert eventually(lambda: running.log.count('active: ') == 2), running.log
    probe = graph.probe
    assert eventually(lambda: probe.count_subscribers('/lwir/raw') == 1)
    assert eventually(lambda: probe.count_publishers('/robot1/thermal/depth/image') == 1)
    assert eventually(lambda: probe.count_publishers('/robot1/tf') == 1)
    assert eventually(lambda: graph.part('robot1/thermal: input'))
