# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a camera sits, from the TF topics of a recording as robots record them."""

from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameError
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.odometry import tf_message, transform_message

TYPES = bag_types()
START_NS = 10**18
IMAGES = '/thermal/image_raw'


def shifted(x: float, turn: float = 0.0) -> np.ndarray:
    return rigid.exponential(np.array([x, 0, 0, 0, 0, turn]))


def record(path: Path, *entries) -> Path:
    """Write (topic, parent, child, T or several T in turn), the same link 0.1 s after 0.1 s."""
    with RecordingWriter(path) as writer:
        for topic, parent, child, *motions in entries:
            for index, T in enumerate(motions):
                stamp = START_NS + index * 10**8
                made = transform_message(TYPES, T, stamp, parent, child)
                message = tf_message(TYPES, [made])
                latched = topic.endswith('static')
                writer.write(topic, contract.TF_MESSAGE, message, stamp, latched=latched)
    return path


def test_a_mount_that_is_repeated_on_tf_is_constant(tmp_path):
    drive = [shifted(0.1 * k) for k in range(5)]
    path = record(
        tmp_path / 'bag',
        ('/tf', 'odom', 'base_link', *drive),
        ('/tf', '/base_link', 'optical', *[T_FORWARD] * 5),
    )
    with Recording(path) as recording:
        transforms = RecordedTransforms(recording)
        frames = transforms.of(IMAGES)
        np.testing.assert_allclose(frames.lookup('base_link', '/optical'), T_FORWARD)
        assert [(link.parent, link.child) for link in transforms.constants()] == [
            ('base_link', 'optical')
        ]
        with pytest.raises(FrameError, match=r"'odom' is on /tf; 'optical' is on /tf \("):
            frames.lookup('odom', 'optical')
        with pytest.raises(FrameError, match=r"'base_link' is on /tf, but it moves.*0.1 m"):
            frames.lookup('odom', 'base_link')
        assert transforms.problems == []


def test_what_is_static_goes_before_what_did_not_change(tmp_path):
    path = record(
        tmp_path / 'bag',
        ('/tf_static', 'base_link', 'mast', shifted(1.0)),
        ('/tf', 'base_link', 'mast', shifted(9.0)),
        ('/tf', 'mast', 'optical', shifted(0.5), shifted(0.5)),
    )
    with Recording(path) as recording:
        found = RecordedTransforms(recording).of(IMAGES).lookup('base_link', 'optical')
    np.testing.assert_allclose(found[:3, 3], [1.5, 0, 0])


def test_a_static_transform_that_changes_is_reported(tmp_path):
    path = record(
        tmp_path / 'bag',
        ('/tf_static', 'base_link', 'optical', shifted(1.0), shifted(1.0), shifted(1.5)),
        ('/tf_static', 'base_link', 'lidar', shifted(2.0), shifted(2.0)),
    )
    with Recording(path) as recording:
        transforms = RecordedTransforms(recording)
        found = transforms.of(IMAGES).lookup('base_link', 'optical')
        (problem,) = transforms.problems
    assert found[0, 3] == pytest.approx(1.5)
    assert 'optical has several transforms, the last is taken' in problem and '0.5 m' in problem


def test_the_namespace_of_the_camera_comes_first(tmp_path):
    path = record(
        tmp_path / 'bag',
        ('/tf_static', 'base_link', 'optical', shifted(9.0)),
        ('/robot1/tf_static', 'base_link', 'optical', shifted(1.0)),
        ('/robot2/tf', 'base_link', 'optical', shifted(2.0), shifted(2.0)),
    )
    with Recording(path) as recording:
        transforms = RecordedTransforms(recording)
        x = {
            robot: transforms.of(f'{robot}/thermal/image_raw').lookup('base_link', 'optical')[0, 3]
            for robot in ('/robot1', '/robot2', '/robot3', '')
        }
        assert x == pytest.approx({'/robot1': 1.0, '/robot2': 2.0, '/robot3': 9.0, '': 9.0})
        named = RecordedTransforms(recording, ['robot2/tf']).of('/robot1/thermal/image_raw')
        assert named.lookup('base_link', 'optical')[0, 3] == pytest.approx(2.0)
        with pytest.raises(BagError, match='no topic /robot4/tf'):
            RecordedTransforms(recording, ['/robot4/tf'])


def test_the_only_robot_of_a_recording_is_that_of_the_camera(tmp_path):
    path = record(tmp_path / 'bag', ('/robot1/tf_static', 'base_link', 'optical', shifted(1.0)))
    with Recording(path) as recording:
        found = RecordedTransforms(recording).of(IMAGES).lookup('base_link', 'optical')
    assert found[0, 3] == pytest.approx(1.0)


def test_a_frame_that_is_not_found_is_reported_as_where_it_was_seen(tmp_path):
    zero = np.eye(4)
    path = record(
        tmp_path / 'bag',
        ('/tf_static', 'base_link', 'mast', shifted(1.0)),
        ('/tf', 'mast', 'gimbal', shifted(0.0), shifted(0.0, 0.5)),
        ('/robot1/tf_static', 'base_link', 'optical', zero),
    )
    with Recording(path) as recording:
        frames = RecordedTransforms(recording).of(IMAGES)
        other = r"'optical' is on /robot1/tf_static, which is not taken.*tf_topics names"
        with pytest.raises(FrameError, match=other):
            frames.lookup('base_link', 'optical')
        with pytest.raises(FrameError, match=r"'gimbal' is on /tf, but it moves there .*29 degr"):
            frames.lookup('base_link', 'gimbal')
        with pytest.raises(FrameError, match="'lidar' is on no TF topic"):
            frames.lookup('base_link', 'lidar')
        for _ in range(2):  # the answer is remembered
            with pytest.raises(FrameError, match='a frame_id is empty'):
                frames.lookup('base_link', '')


def test_a_rotation_that_is_none_has_its_own_words(tmp_path):
    with RecordingWriter(tmp_path / 'bag') as writer:
        made = transform_message(TYPES, np.eye(4), START_NS, 'base_link', 'optical')
        made.transform.rotation.w = 0.0
        message = tf_message(TYPES, [made])
        writer.write('/tf_static', contract.TF_MESSAGE, message, START_NS, latched=True)
    with Recording(tmp_path / 'bag') as recording:
        transforms = RecordedTransforms(recording)
        words = (
            r"'optical' is on /tf_static, but rotation is \[0.0, 0.0, 0.0, 0.0\]: not a rotation"
        )
        with pytest.raises(FrameError, match=words):
            transforms.of(IMAGES).lookup('base_link', 'optical')
        assert len(transforms.problems) == 1
        assert 'not a rotation' in transforms.problems[0]


def test_ros1_before_tf2(tmp_path):
    store = get_typestore(Stores.ROS1_NOETIC)
    name = 'tf/msg/tfMessage'
    store.register(get_types_from_msg('geometry_msgs/TransformStamped[] transforms\n', name))
    types = store.types
    with Ros1Writer(tmp_path / 'old.bag') as writer:
        connection = writer.add_connection('/tf', name, typestore=store)
        for index in range(3):
            time = types['builtin_interfaces/msg/Time'](sec=1000 + index, nanosec=0)
            stamped = types['geometry_msgs/msg/TransformStamped'](
                header=types['std_msgs/msg/Header'](seq=0, stamp=time, frame_id='/base_link'),
                child_frame_id='/optical',
                transform=types['geometry_msgs/msg/Transform'](
                    translation=types['geometry_msgs/msg/Vector3'](x=0.7, y=0.0, z=0.0),
                    rotation=types['geometry_msgs/msg/Quaternion'](x=0.0, y=0.0, z=0.0, w=1.0),
                ),
            )
            data = store.serialize_ros1(types[name](transforms=[stamped]), name)
            writer.write(connection, (1000 + index) * 10**9, data)
    with Recording(tmp_path / 'old.bag') as recording:
        found = RecordedTransforms(recording).of(IMAGES).lookup('base_link', 'optical')
    assert found[0, 3] == pytest.approx(0.7)
