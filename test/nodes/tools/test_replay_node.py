# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Replays over real DDS: another process publishes, this one listens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import LifecycleNode  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy  # noqa: E402
from rosbags.rosbag2 import StoragePlugin, Writer  # noqa: E402
from rosbags.typesys import Stores, get_types_from_msg, get_typestore  # noqa: E402

from thermal_depth_ros.bags.writer import RecordingWriter  # noqa: E402
from thermal_depth_ros.cli.main import run  # noqa: E402
from thermal_depth_ros.messages.bag_types import bag_typestore  # noqa: E402

pytestmark = pytest.mark.ros

STORE = bag_typestore()
START_NS = 1_700_000_000_000_000_000
STEP_NS = 50_000_000
COUNT = 12
IMAGE, TF = 'sensor_msgs/msg/Image', 'tf2_msgs/msg/TFMessage'


def main(arguments):
    return run('replay', arguments)


def image(store, index, ros1=False):
    import numpy as np

    types = store.types
    stamp_ns = START_NS + index * STEP_NS
    stamp = types['builtin_interfaces/msg/Time'](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    more = {'seq': index} if ros1 else {}
    return types[IMAGE](
        header=types['std_msgs/msg/Header'](stamp=stamp, frame_id='optical', **more),
        height=2,
        width=3,
        encoding='mono16',
        is_bigendian=0,
        step=6,
        data=np.arange(12, dtype=np.uint8) + index,
    )


def mounted():
    types = STORE.types
    return types[TF](
        transforms=[
            types['geometry_msgs/msg/TransformStamped'](
                header=types['std_msgs/msg/Header'](
                    stamp=types['builtin_interfaces/msg/Time'](sec=0, nanosec=0),
                    frame_id='base_link',
                ),
                child_frame_id='optical',
                transform=types['geometry_msgs/msg/Transform'](
                    translation=types['geometry_msgs/msg/Vector3'](x=1.0, y=2.0, z=3.0),
                    rotation=types['geometry_msgs/msg/Quaternion'](x=0.0, y=0.0, z=0.0, w=1.0),
                ),
            )
        ]
    )


@pytest.fixture
def drive(tmp_path) -> Path:
    path = tmp_path / 'drive'
    with RecordingWriter(path) as writer:
        writer.write('/tf_static', TF, mounted(), START_NS, latched=True)
        for index in range(COUNT):
            message = image(STORE, index)
            writer.write('/thermal/image_raw', IMAGE, message, START_NS + index * STEP_NS)
    return path


@pytest.fixture
def ros1_drive(tmp_path) -> Path:
    from rosbags.rosbag1 import Writer as Ros1Writer

    store = get_typestore(Stores.ROS1_NOETIC)
    with Ros1Writer(tmp_path / 'drive.bag') as writer:
        connection = writer.add_connection('thermal/image_raw', IMAGE, typestore=store)
        for index in range(COUNT):
            data = store.serialize_ros1(image(store, index, ros1=True), IMAGE)
            writer.write(connection, START_NS + index * STEP_NS, data)
    return tmp_path / 'drive.bag'


class Listener:
    """Collects messages with their time of arrival in a domain of its own."""

    def __init__(self, domain: int) -> None:
        self.domain = domain
        self.context = rclpy.Context()
        rclpy.init(context=self.context, domain_id=self.domain)
        self.node = rclpy.create_node('listener', context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.heard: dict[str, list] = {}

    def listen(self, topic: str, message_class: type, latched: bool = False) -> None:
        durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
        profile = QoSProfile(
            depth=100, reliability=ReliabilityPolicy.RELIABLE, durability=durability
        )
        self.heard[topic] = []
        self.node.create_subscription(
            message_class,
            topic,
            lambda message: self.heard[topic].append((time.monotonic(), message)),
            profile,
        )

    def replay(self, *arguments: str, until=lambda: False, sent=None, timeout_s=120.0):
        """Run a replay until it ends, or send a signal once a condition holds."""
        environment = {**os.environ, 'ROS_DOMAIN_ID': str(self.domain)}
        process = subprocess.Popen(
            [sys.executable, '-m', 'thermal_depth_ros.cli.main', 'replay', *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + timeout_s
        try:
            while process.poll() is None and time.monotonic() < deadline:
                self.executor.spin_once(timeout_sec=0.05)
                if sent is not None and until():
                    process.send_signal(sent)
                    sent = None
            assert process.poll() is not None, 'the replay does not end'
        finally:
            process.kill()
            text = process.communicate()[0]
        for _ in range(20):
            self.executor.spin_once(timeout_sec=0.01)
        return process.returncode, text

    def close(self) -> None:
        self.executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)


@pytest.fixture
def listener(domain_id):
    made = Listener(domain_id)
    yield made
    made.close()


def stamps_of(heard):
    return [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for _, m in heard]


def test_all_messages_arrive_in_recorded_time_with_clock_and_transforms(drive, listener):
    from rosgraph_msgs.msg import Clock
    from sensor_msgs.msg import Image
    from tf2_msgs.msg import TFMessage

    listener.listen('/thermal/image_raw', Image)
    listener.listen('/tf_static', TFMessage, latched=True)
    listener.listen('/clock', Clock)
    code, text = listener.replay(str(drive), '--rate', '0.5', '--wait-for-subscribers', '90')
    assert code == 0, text
    assert f'{COUNT + 1} messages of 2 topics published' in text
    images = listener.heard['/thermal/image_raw']
    assert stamps_of(images) == [START_NS + i * STEP_NS for i in range(COUNT)]
    assert [bytes(m.data) for _, m in images] == [bytes(range(i, i + 12)) for i in range(COUNT)]
    # 11 steps of 50 ms at half speed take 1.1 s; the machine may add to it, nothing may take away
    # but the time that the first took to arrive.
    lasted = images[-1][0] - images[0][0]
    assert lasted > 0.7
    ((_, transforms),) = listener.heard['/tf_static']
    assert transforms.transforms[0].child_frame_id == 'optical'
    clock = [m.clock.sec * 10**9 + m.clock.nanosec for _, m in listener.heard['/clock']]
    assert len(clock) > 50 and clock == sorted(clock)
    assert clock[0] >= START_NS and clock[-1] <= START_NS + COUNT * STEP_NS


class Camera(LifecycleNode):
    """A node that listens to the images once it is active, as camera nodes do."""

    def __init__(self, context, heard):
        super().__init__('thermal', context=context)
        self._heard = heard

    def on_activate(self, state):
        from sensor_msgs.msg import Image

        profile = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._images = self.create_subscription(
            Image, '/thermal/image_raw', self._heard.append, profile
        )
        return super().on_activate(state)


def test_nodes_that_are_waited_for_hear_everything(drive, listener):
    """Whoever else listens before does not count, nor topics that these nodes do not want."""
    from sensor_msgs.msg import Image

    heard = []
    camera = Camera(listener.context, heard)
    listener.executor.add_node(camera)
    listener.listen('/thermal/image_raw', Image)
    with RecordingWriter(drive.with_name('other')) as writer:
        writer.write('/rgb/image_raw', IMAGE, image(STORE, 0), START_NS)
    turns = iter(range(10**6))

    def get_ready():
        if camera.count_publishers('/thermal/image_raw') and next(turns) == 20:
            assert listener.heard['/thermal/image_raw'] == [], 'it began before the node could'
            camera.trigger_configure()
            camera.trigger_activate()
        return False

    nodes = ['--wait-for-nodes', 'thermal', '--wait-for-nodes-s', '100', '--rate', '4']
    both = [str(drive), str(drive.with_name('other'))]
    code, text = listener.replay(*both, *nodes, until=get_ready, sent=signal.SIGTERM)
    camera.destroy_node()
    assert code == 0, text
    assert 'waiting for /thermal to be ready' in text
    assert 'no subscribers' not in text and 'not active' not in text
    stamps = [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in heard]
    assert stamps == [START_NS + i * STEP_NS for i in range(COUNT)]


def test_a_node_that_does_not_come_is_named_with_its_state(drive, listener):
    camera = Camera(listener.context, [])
    listener.executor.add_node(camera)
    nodes = ['--wait-for-nodes', '/thermal', '/robot1/rgb', '--wait-for-nodes-s', '10']
    code, text = listener.replay(str(drive), *nodes, '--rate', '10')
    camera.destroy_node()
    assert code == 0, text
    assert 'not active after 10 s: /thermal (unconfigured), /robot1/rgb (not found)' in text
    assert f'{COUNT + 1} messages of 2 topics published' in text


def test_a_signal_ends_the_waiting_for_nodes(drive, listener):
    said = ['--wait-for-nodes', '/thermal', '--wait-for-nodes-s', '1000']
    seen = lambda: listener.node.count_publishers('/thermal/image_raw')  # noqa: E731
    code, text = listener.replay(str(drive), *said, until=seen, sent=signal.SIGINT)
    assert code == 0, text
    assert '0 messages of 0 topics published; stopped before the end' in text


def test_ros1_recording_plays_as_ros2(ros1_drive, listener):
    from sensor_msgs.msg import Image

    listener.listen('/thermal/image_raw', Image)
    code, text = listener.replay(str(ros1_drive), '--rate', '4', '--wait-for-subscribers', '90')
    assert code == 0, text
    images = [m for _, m in listener.heard['/thermal/image_raw']]
    assert [bytes(m.data)[0] for m in images] == list(range(COUNT))
    assert images[0].header.frame_id == 'optical'


def test_window_remapping_and_topics(drive, listener):
    from sensor_msgs.msg import Image
    from tf2_msgs.msg import TFMessage

    listener.listen('/night/image', Image)
    listener.listen('/tf_static', TFMessage, latched=True)
    arguments = ['--start', '0.2', '--duration', '0.15', '--clock-hz', '0']
    arguments += ['--remap', '/thermal/image_raw:=/night/image', '--wait-for-subscribers', '90']
    code, text = listener.replay(str(drive), *arguments)
    assert code == 0, text
    assert stamps_of(listener.heard['/night/image']) == [
        START_NS + i * STEP_NS for i in (4, 5, 6, 7)
    ]
    # What was latched before the window still holds in it.
    assert len(listener.heard['/tf_static']) == 1


def test_ros_arguments_pass_through(drive, listener):
    from sensor_msgs.msg import Image

    listener.listen('/seen', Image)
    code, text = listener.replay(
        str(drive),
        '--topics',
        '/thermal/image_raw',
        '--rate',
        '10',
        '--wait-for-subscribers',
        '90',
        '--ros-args',
        '-r',
        '/thermal/image_raw:=/seen',
        '-r',
        '__node:=player',
    )
    assert code == 0, text
    assert len(listener.heard['/seen']) == COUNT


def test_loop_starts_again_and_a_signal_ends_it_well(drive, listener):
    from sensor_msgs.msg import Image

    listener.listen('/thermal/image_raw', Image)
    heard = listener.heard['/thermal/image_raw']
    code, text = listener.replay(
        str(drive),
        '--loop',
        '--rate',
        '10',
        until=lambda: len(heard) > 3 * COUNT,
        sent=signal.SIGINT,
    )
    assert code == 0, text
    assert 'stopped before the end' in text and 'Traceback' not in text
    stamps = stamps_of(heard)
    assert any(after < before for before, after in zip(stamps, stamps[1:], strict=False))


def test_unknown_types_are_skipped_with_a_line(tmp_path, drive, listener):
    from sensor_msgs.msg import Image

    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg('int32 answer\n', 'my_msgs/msg/Thing'))
    store.fielddefs.pop('std_msgs/msg/Bool')
    store.types.pop('std_msgs/msg/Bool')
    store.register(get_types_from_msg('int32 other\n', 'std_msgs/msg/Bool'))
    with Writer(tmp_path / 'odd', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        for topic, name, field in (
            ('/thing', 'my_msgs/msg/Thing', {'answer': 42}),
            ('/flag', 'std_msgs/msg/Bool', {'other': 1}),
        ):
            connection = writer.add_connection(topic, name, typestore=store)
            message = store.types[name](**field)
            writer.write(connection, START_NS, store.serialize_cdr(message, name))
    listener.listen('/thermal/image_raw', Image)
    arguments = [str(drive), str(tmp_path / 'odd'), '--rate', '10']
    code, text = listener.replay(*arguments, '--wait-for-subscribers', '90')
    assert code == 0, text
    lines = [line for line in text.splitlines() if line.startswith('not played: ')]
    assert len(lines) == 2
    assert any('/thing' in line and 'my_msgs' in line for line in lines)
    assert any('/flag' in line and 'recorded with the fields other' in line for line in lines)
    assert len(listener.heard['/thermal/image_raw']) == COUNT


def test_nothing_to_play_is_one_line(tmp_path, listener):
    with RecordingWriter(tmp_path / 'empty'):
        pass
    code, text = listener.replay(str(tmp_path / 'empty'))
    assert code == 1
    assert text.startswith('error: nothing to play') and len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ('arguments', 'says'),
    [
        (['--rate', '0'], 'rate: 0.0 is below the minimum'),
        (['--rate', 'nan'], 'rate: nan is not finite'),
        (['--rate', '-2'], 'rate: -2.0 is below the minimum'),
        (['--start', '99'], 'start: 99 s is after the end'),
        (['--topics', '/nope'], 'no topic /nope'),
        (['--remap', '/a'], '--remap /a: not of the form'),
    ],
)
def test_wrong_calls_are_errors_that_name_the_value(drive, capsys, arguments, says):
    assert main([str(drive), *arguments]) == 1
    assert says in capsys.readouterr().err
