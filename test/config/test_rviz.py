# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The RViz configuration names only displays that exist and topics of the contract.

RViz itself needs a display, so its file is checked against the list of displays that
rviz_default_plugins registers (Jazzy) and the message type each of them takes.
"""

import pytest
import yaml

from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import ThermalConfig

PLUGIN = 'rviz_default_plugins/'
DISPLAYS = {
    'AccelStamped', 'Axes', 'Camera', 'CameraInfo', 'DepthCloud', 'Effort', 'FluidPressure', 'Grid',
    'GridCells', 'Illuminance', 'Image', 'InteractiveMarkers', 'LaserScan', 'Map', 'Marker',
    'MarkerArray', 'Odometry', 'Path', 'PointCloud', 'PointCloud2', 'PointStamped', 'Polygon',
    'Pose', 'PoseArray', 'PoseWithCovariance', 'Range', 'RelativeHumidity', 'RobotModel', 'TF',
    'Temperature', 'TwistStamped', 'Wrench',
}  # fmt: skip
TOOLS = {
    'FocusCamera', 'Interact', 'Measure', 'MoveCamera', 'PublishPoint', 'Select', 'SetGoal',
    'SetInitialPose',
}  # fmt: skip
VIEWS = {'FPS', 'Orbit', 'ThirdPersonFollower', 'TopDownOrtho', 'XYOrbit'}
TAKES = {
    'Image': contract.IMAGE,
    'PointCloud2': contract.POINT_CLOUD,
    'Odometry': contract.ODOMETRY,
}
INPUTS = {contract.image_topic(kind): contract.IMAGE for kind in contract.OUTPUTS}
PUBLISHED = {
    output.topic: output for outputs in contract.OUTPUTS.values() for output in outputs.values()
}


@pytest.fixture(scope='module')
def manager(repository):
    path = repository / 'config' / 'vehicle.rviz'
    return yaml.safe_load(path.read_text())['Visualization Manager']


@pytest.fixture(scope='module')
def on_topics(manager):
    return [display for display in manager['Displays'] if 'Topic' in display]


def plain(display):
    return display['Class'].removeprefix(PLUGIN)


def test_only_classes_of_the_default_plugins(manager):
    assert all(display['Class'].startswith(PLUGIN) for display in manager['Displays'])
    assert {plain(display) for display in manager['Displays']} <= DISPLAYS
    assert {plain(tool) for tool in manager['Tools']} <= TOOLS
    assert plain(manager['Views']['Current']) in VIEWS


def test_topics_are_the_contracts_and_of_the_type_the_display_takes(on_topics):
    for display in on_topics:
        topic = display['Topic']['Value']
        type_name = INPUTS.get(topic) or PUBLISHED[topic].type
        assert type_name == TAKES[plain(display)], topic


def test_everything_a_driver_wants_to_see_is_shown(manager, on_topics):
    shown = {display['Topic']['Value'] for display in on_topics if display['Enabled']}
    assert shown >= {
        'thermal/image_raw',
        'thermal/points',
        'rgb/points',
        'odometry',
        'rgb/semantic/overlay',
    }
    assert f'{PLUGIN}TF' in {display['Class'] for display in manager['Displays']}


def test_outputs_are_reliable_and_cameras_best_effort(on_topics):
    for display in on_topics:
        expected = 'Best Effort' if display['Topic']['Value'] in INPUTS else 'Reliable'
        assert display['Topic']['Reliability Policy'] == expected
        assert display['Topic']['Durability Policy'] == 'Volatile'


def test_depth_is_shown_over_a_fixed_range(on_topics):
    """RViz normalises by the largest value, which is infinite in a REP 117 image."""
    depth = [d for d in on_topics if d['Topic']['Value'].endswith('depth/image')]
    assert len(depth) == 2
    for display in depth:
        assert display['Normalize Range'] is False
        assert display['Min Value'] < display['Max Value']


def test_frames_are_the_default_frames(manager):
    config = ThermalConfig()
    assert manager['Global Options']['Fixed Frame'] == config.odom_frame
    assert manager['Views']['Current']['Target Frame'] == config.base_frame
