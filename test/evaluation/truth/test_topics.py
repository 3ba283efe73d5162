# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which topics are taken for the truth, and what is said where none or several could be."""

import dataclasses

import pytest

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording, TopicInfo, require_topics
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames, find_truth
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameTree

IMAGE, ODOMETRY, CLOUD = contract.IMAGE, contract.ODOMETRY, contract.POINT_CLOUD


@dataclasses.dataclass
class Header:
    frame_id: str


@dataclasses.dataclass
class Message:
    header: Header
    child_frame_id: str = ''


@dataclasses.dataclass
class FirstRecord:
    message: Message


class FakeRecording:
    """Topics with a type and the frame that their messages are about."""

    def __init__(self, topics):
        self.topics = {name: TopicInfo(kind, 5, False) for name, (kind, _) in topics.items()}
        self.paths = ['drive']
        self._frames = {name: frame for name, (_, frame) in topics.items()}

    def first(self, topic):
        frame = self._frames[topic]
        child = frame if self.topics[topic].type == ODOMETRY else ''
        return FirstRecord(Message(Header('world' if child else frame), child))

    frame_of = Recording.frame_of

    def require(self, topics):
        require_topics(topics, [self])


def camera(topic, kind='thermal', prefix=''):
    return CameraStream(kind, prefix, topic, False, f'{topic.rpartition("/")[0]}/camera_info')


THERMAL, RGB = camera('/thermal/image_raw'), camera('/rgb/image_raw', 'rgb')
DRIVE = {
    '/thermal/image_raw': (IMAGE, 'thermal_optical'),
    '/rgb/image_raw': (IMAGE, 'rgb_optical'),
    '/ground_truth/thermal/depth': (IMAGE, 'thermal_optical'),
    '/ground_truth/rgb/depth': (IMAGE, 'rgb_optical'),
    '/ground_truth/rgb/labels': (IMAGE, 'rgb_optical'),
    '/ground_truth/odometry': (ODOMETRY, 'base_link'),
    '/wheel/odometry': (ODOMETRY, 'base_link'),
}


def find(topics, stream, alone=False, tree=None, **names):
    recording = FakeRecording(topics)
    return find_truth(recording, stream, TruthNames(**names), alone, tree or FrameTree())


def test_a_synthetic_drive():
    found = find(DRIVE, THERMAL)
    assert found.depth == '/ground_truth/thermal/depth'
    assert found.labels == ''
    assert found.odometry == '/ground_truth/odometry'
    found = find(DRIVE, RGB)
    assert (found.depth, found.labels) == ('/ground_truth/rgb/depth', '/ground_truth/rgb/labels')


def test_without_frames_the_names_decide():
    bare = {name: (kind, '') for name, (kind, _) in DRIVE.items()}
    assert find(bare, THERMAL).depth == '/ground_truth/thermal/depth'
    assert find(bare, RGB).labels == '/ground_truth/rgb/labels'
    assert find(bare, RGB).odometry == '/ground_truth/odometry'


def test_the_frame_counts_more_than_the_name():
    topics = {
        '/left/image_raw': (IMAGE, 'left_optical'),
        '/ground_truth/right/depth': (IMAGE, 'right_optical'),
        '/ground_truth/depth': (IMAGE, 'left_optical'),
    }
    assert find(topics, camera('/left/image_raw')).depth == '/ground_truth/depth'


def test_one_truth_without_a_name_belongs_to_the_only_camera():
    topics = {
        '/rgb/image_raw/compressed': (contract.COMPRESSED_IMAGE, ''),
        '/ground_truth/depth/compressed': (contract.COMPRESSED_IMAGE, ''),
    }
    stream = camera('/rgb/image_raw/compressed', 'rgb')
    assert find(topics, stream, alone=True).depth == '/ground_truth/depth/compressed'
    assert find(topics, stream, alone=False).depth == ''


def test_outputs_and_sensors_are_no_truth():
    topics = {
        '/thermal/image_raw': (IMAGE, 'f'),
        '/thermal/depth/image': (IMAGE, 'f'),
        '/camera/depth/image_rect_raw': (IMAGE, 'f'),
        '/odometry': (ODOMETRY, 'base_link'),
    }
    assert not find(topics, THERMAL, alone=True)


def test_two_that_fit_alike_must_be_chosen_from():
    topics = {
        '/thermal/image_raw': (IMAGE, ''),
        '/ground_truth/lidar/depth': (IMAGE, ''),
        '/ground_truth/stereo/depth': (IMAGE, ''),
    }
    with pytest.raises(EvaluationError, match='lidar/depth and .*stereo/depth.*--depth names one'):
        find(topics, THERMAL, alone=True)
    chosen = find(topics, THERMAL, alone=True, depth='ground_truth/lidar/depth')
    assert chosen.depth == '/ground_truth/lidar/depth'
    assert find(topics, THERMAL, alone=True, depth=NONE).depth == ''


def test_a_lidar_is_the_truth_where_it_is_known_how_it_sits():
    topics = {
        '/thermal/image_raw': (IMAGE, 'thermal_optical'),
        '/thermal/points': (CLOUD, 'thermal_optical'),
        '/lidar/points': (CLOUD, 'lidar'),
    }
    assert find(topics, THERMAL, alone=True).depth == ''
    tree = FrameTree()
    tree.add('base', 'thermal_optical', T_FORWARD, static=True)
    tree.add('base', 'lidar', T_FORWARD, static=True)
    assert find(topics, THERMAL, alone=True, tree=tree).depth == '/lidar/points'
    assert find(topics, THERMAL, alone=True, tree=tree, depth=NONE).depth == ''


def test_what_was_named_must_be_there_and_of_a_type_that_can_be_used():
    with pytest.raises(BagError, match='no topic /nothing in drive; it has:'):
        find(DRIVE, THERMAL, depth='/nothing')
    with pytest.raises(EvaluationError, match=f'--odometry /rgb/image_raw is a {IMAGE}, not a'):
        find(DRIVE, THERMAL, odometry='/rgb/image_raw')
