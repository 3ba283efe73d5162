# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The same drive as odometry, as stamped poses, and as a pair of TF frames."""

import numpy as np
import pytest

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import moving_frame, pose_source, read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.odometry import pose_message, tf_message, transform_message
from thermal_depth_ros.messages.stamps import header_message

TYPES = bag_types()
START_NS, STEP_NS, COUNT = 10**18, 10**8, 21
# Where the map puts the odometry: a correction that is sent once a second, and drifts.
SLOW = 10


def T_odom_base(index: float) -> np.ndarray:
    """Straight on at 2 m/s while turning: constant twist, so that interpolation is exact."""
    return rigid.exponential(np.array([0.2, 0, 0, 0, 0, 0.05]) * index)


def T_map_odom(index: float) -> np.ndarray:
    return rigid.exponential(np.array([0.01, 0.0, 0, 0, 0, 0]) * index)


def stamped(kind: str, index: int):
    """Build one message of a type that holds one pose."""
    header, T = header_message(TYPES, START_NS + index * STEP_NS, 'odom'), T_odom_base(index)
    pose, zero = pose_message(TYPES, T), np.zeros(36)
    if kind == contract.POSE:
        return TYPES.message_class(kind)(header=header, pose=pose)
    uncertain = TYPES.PoseWithCovariance(pose=pose, covariance=zero)
    if kind == contract.POSE_WITH_COVARIANCE:
        return TYPES.message_class(kind)(header=header, pose=uncertain)
    if kind == contract.TRANSFORM:
        return transform_message(TYPES, T, START_NS + index * STEP_NS, 'odom', '/base_link')
    vector = TYPES.Vector3(x=2.0, y=0.0, z=0.0)
    twist = TYPES.TwistWithCovariance(
        twist=TYPES.Twist(linear=vector, angular=TYPES.Vector3(x=0.0, y=0.0, z=0.5)),
        covariance=zero,
    )
    return TYPES.Odometry(header=header, child_frame_id='base_link', pose=uncertain, twist=twist)


TOPICS = {
    '/odom': contract.ODOMETRY,
    '/pose': contract.POSE,
    '/amcl_pose': contract.POSE_WITH_COVARIANCE,
    '/vicon/robot': contract.TRANSFORM,
}


@pytest.fixture(scope='module')
def drive(tmp_path_factory):
    path = tmp_path_factory.mktemp('poses') / 'drive'
    with RecordingWriter(path) as writer:
        mount = transform_message(TYPES, rigid.exponential(np.eye(6)[0]), 0, 'base_link', 'camera')
        writer.write(
            '/tf_static', contract.TF_MESSAGE, tf_message(TYPES, [mount]), START_NS, latched=True
        )
        for index in range(COUNT):
            time_ns = START_NS + index * STEP_NS
            for topic, kind in TOPICS.items():
                writer.write(topic, kind, stamped(kind, index), time_ns)
            links = [transform_message(TYPES, T_odom_base(index), time_ns, 'odom', 'base_link')]
            if index % SLOW == 0:
                links.append(transform_message(TYPES, T_map_odom(index), time_ns, 'map', 'odom'))
            writer.write('/tf', contract.TF_MESSAGE, tf_message(TYPES, links), time_ns)
    return path


@pytest.mark.parametrize('source', [*TOPICS, '/tf@odom:base_link', 'pose@base_link'])
def test_every_source_tells_the_same_drive(drive, source):
    with Recording(drive) as recording:
        track = read_pose_track(recording, source)
    assert track.frame == 'base_link'
    assert track.stamps_ns.tolist() == [START_NS + k * STEP_NS for k in range(COUNT)]
    wanted = np.stack([T_odom_base(k) for k in range(COUNT)])
    np.testing.assert_allclose(track.T_world_frame, wanted, atol=1e-9)
    assert track.speeds_mps.tolist() == [2.0 if source == '/odom' else 0.0] * COUNT
    assert not track.left_out


def test_a_pair_of_frames_with_links_of_other_rates_between_them(drive):
    with Recording(drive) as recording:
        track = read_pose_track(recording, '/tf@map:camera')
        back = read_pose_track(recording, '/tf@camera:map')
    assert track.frame == 'camera'
    assert len(track.stamps_ns) == COUNT
    mount = rigid.exponential(np.eye(6)[0])
    wanted = np.stack([T_map_odom(k) @ T_odom_base(k) @ mount for k in range(COUNT)])
    np.testing.assert_allclose(track.T_world_frame, wanted, atol=1e-9)
    np.testing.assert_allclose(
        back.T_world_frame @ wanted, np.tile(np.eye(4), (COUNT, 1, 1)), atol=1e-9
    )


def test_what_moves(drive):
    with Recording(drive) as recording:
        assert moving_frame(recording, '/vicon/robot') == 'base_link'
        assert moving_frame(recording, '/pose') == 'base_link'
        assert moving_frame(recording, '/pose', 'base_footprint') == 'base_footprint'
        assert moving_frame(recording, '/odom@helmet') == 'helmet'
        assert read_pose_track(recording, '/amcl_pose@mast').frame == 'mast'
        assert read_pose_track(recording, '/odom@mast').frame == 'mast'


@pytest.mark.parametrize(
    ('source', 'words'),
    [
        ('/tf', '/tf holds transforms: which are poses.*TOPIC@PARENT:FRAME'),
        ('/tf@base_link', 'holds transforms'),
        ('/nowhere', 'no topic /nowhere'),
        ('/tf@map:lidar', "no transforms between 'map' and 'lidar'; frames known: base_link, cam"),
        ('/tf@base_link:camera', "'camera' does not move in 'base_link'"),
    ],
)
def test_what_is_no_source_of_poses_says_why(drive, source, words):
    with Recording(drive) as recording, pytest.raises(BagError, match=words):
        read_pose_track(recording, source)


def test_bad_messages_are_left_out_and_counted(tmp_path):
    with RecordingWriter(tmp_path / 'bag') as writer:
        for index in range(4):
            message = stamped(contract.POSE, index)
            if index == 1:
                message.pose.orientation.w = message.pose.orientation.z = 0.0
            writer.write('/pose', contract.POSE, message, START_NS + index)
    with Recording(tmp_path / 'bag') as recording:
        track = read_pose_track(recording, '/pose')
    assert len(track.stamps_ns) == 3
    (reason,) = track.left_out
    assert 'orientation' in reason and 'not a rotation' in reason


def test_names():
    assert pose_source('odom').topic == '/odom'
    found = pose_source('/tf@/map:/base_link')
    assert (found.topic, found.parent, found.frame) == ('/tf', 'map', 'base_link')
