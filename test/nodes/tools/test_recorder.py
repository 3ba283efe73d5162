# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder as a process of its own, over real DDS."""

import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed')

from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy  # noqa: E402

from helpers.waiting import eventually
from thermal_depth_ros.bags.recording import Recording  # noqa: E402
from thermal_depth_ros.base import contract  # noqa: E402
from thermal_depth_ros.messages.image import array_to_image, image_to_array  # noqa: E402
from thermal_depth_ros.messages.stamps import clock_message, stamp_ns  # noqa: E402
from thermal_depth_ros.nodes.tools.recorder import contract_sources, matching_qos  # noqa: E402

pytestmark = pytest.mark.ros
START_NS = 5_000_000_000


class Process:
    """`thermal-depth record` in the domain of a graph."""

    def __init__(self, domain: int, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'record', *arguments],
            env={**os.environ, 'ROS_DOMAIN_ID': str(domain)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert 'recording' in self._process.stdout.readline()

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        self._process.send_signal(number)
        output, _ = self._process.communicate(timeout=90)
        return self._process.returncode, output


def latched() -> QoSProfile:
    return QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_everything_published_is_on_disk_after_a_signal(graph, tmp_path, number):
    process = Process(graph.domain, '-o', str(tmp_path / 'out'))
    types, depth = graph.types, contract.THERMAL_OUTPUTS['depth']
    picture = np.random.default_rng(0).normal(5, 1, (120, 160)).astype(np.float32)
    publisher = graph.publisher(depth.topic, depth.type)
    clock = graph.publisher('/clock', 'rosgraph_msgs/msg/Clock')
    labels = contract.RGB_OUTPUTS['label_info']
    names = types.LabelInfo(class_map=[types.VisionClass(class_id=3, class_name='wall')])
    graph.publisher(labels.topic, labels.type, latched()).publish(names)
    stamps = [START_NS + index * 10**7 for index in range(40)]
    for stamp in stamps:
        clock.publish(clock_message(types, stamp))
        publisher.publish(array_to_image(types, picture, '32FC1', stamp, 'optical'))
        time.sleep(0.01)  # a publisher keeps its last ten messages only
    assert publisher.wait_for_all_acked()
    code, output = process.end(number)
    assert code == 0, output
    with Recording(tmp_path / 'out') as recording:
        assert not recording.problems
        assert recording.topics['/' + labels.topic].latched
        records = list(recording.read(['/' + depth.topic]))
        assert [stamp_ns(r.message.header) for r in records] == stamps
        assert np.array_equal(image_to_array(records[-1].message), picture)
        label = recording.first('/' + labels.topic).message
        assert label.class_map[0].class_name == 'wall'
        times = [r.time_ns for r in recording.read()]
        assert times == sorted(times)
        assert abs(times[0] / 1e9 - os.path.getmtime(tmp_path / 'out')) < 60


def test_other_topics_are_found_with_their_type_and_quality(graph, tmp_path):
    process = Process(graph.domain, '-o', str(tmp_path / 'out'), '/camera/info', 'never')
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = graph.publisher('/camera/info', 'sensor_msgs/msg/CameraInfo', best_effort)
    assert eventually(publisher.get_subscription_count)
    publisher.publish(graph.info('rgb'))
    graph.publisher('/odometry', contract.ODOMETRY).publish(graph.types.Odometry())
    eventually(lambda: False, 0.5)
    code, output = process.end()
    assert code == 0, output
    assert 'no publisher for /never' in output
    with Recording(tmp_path / 'out') as recording:
        assert {topic: info.count for topic, info in recording.topics.items()} == {
            '/camera/info': 1
        }


def test_a_full_disk_is_reported_at_once_and_every_message_is_counted(graph, tmp_path):
    process = Process(graph.domain, '-o', str(tmp_path / 'out'), 'thermal/depth/image')
    types, depth = graph.types, contract.THERMAL_OUTPUTS['depth']
    graph.listen(contract.DIAGNOSTICS_TOPIC, contract.DIAGNOSTICS)
    heard = graph.heard[contract.DIAGNOSTICS_TOPIC]
    picture = np.random.default_rng(0).normal(5, 1, (120, 160)).astype(np.float32)
    publisher = graph.publisher(depth.topic, depth.type)
    assert eventually(publisher.get_subscription_count)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    count = 0

    def failed() -> bool:
        return any('recording' in status.name for message in heard for status in message.status)

    def publish() -> bool:
        nonlocal count
        count += 1
        message = array_to_image(types, picture, '32FC1', START_NS + count * 10**7, 'optical')
        publisher.publish(message)
        return publisher.wait_for_all_acked() and failed()

    assert eventually(publish, 60.0)
    status = next(s for message in heard for s in message.status if 'recording' in s.name)
    assert bytes(status.level) == b'\x02' if isinstance(status.level, bytes) else status.level == 2
    assert 'recording.mcap' in status.message
    for _ in range(5):
        publish()
    code, output = process.end()
    assert code == 1
    assert '[ERROR]' in output and 'recording has stopped' in output
    with Recording(tmp_path / 'out') as recording:
        written = len(list(recording.read()))
        assert not recording.problems
    assert f'{written} messages of 1 topics written' in output
    assert f'{count - written} dropped' in output


def test_an_existing_recording_stays(tmp_path):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'notes.txt').write_text('mine')
    command = [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'record']
    command += ['-o', str(tmp_path / 'out')]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert 'exists already' in done.stderr
    assert (tmp_path / 'out' / 'notes.txt').read_text() == 'mine'


def test_the_contract_is_recorded_whole():
    outputs = {o.topic for kind in contract.OUTPUTS.values() for o in kind.values()}
    extra = {'/diagnostics', '/tf_static', '/clock', 'thermal/camera_info', 'rgb/camera_info'}
    assert set(contract_sources()) == outputs | extra


def test_the_profile_matches_every_publisher():
    reliable, loose = QoSProfile(depth=1), QoSProfile(depth=1)
    loose.reliability = ReliabilityPolicy.BEST_EFFORT
    assert matching_qos([reliable]).reliability == ReliabilityPolicy.RELIABLE
    assert matching_qos([reliable, loose]).reliability == ReliabilityPolicy.BEST_EFFORT
    assert matching_qos([latched()]).durability == DurabilityPolicy.TRANSIENT_LOCAL
    assert matching_qos([latched(), reliable]).durability == DurabilityPolicy.VOLATILE
