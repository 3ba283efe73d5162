# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wheel odometry is listened to where the scale comes from it, and only there."""

import pytest

from helpers.waiting import eventually
from thermal_depth_ros.messages.stamps import header_message

pytestmark = pytest.mark.ros
S = 1_000_000_000


def _odometry(types, seconds: float, x: float):
    pose = types.Pose(position=types.Point(x=x, y=0.0, z=0.0))
    return types.Odometry(
        header=header_message(types, int(seconds * S), 'odom'),
        pose=types.PoseWithCovariance(pose=pose),
    )


def test_only_with_scale_source_wheel(graph, thermal):
    graph.start(thermal)
    assert graph.probe.count_subscribers('/wheel/odometry') == 0


def test_positions_reach_the_scale_and_bad_ones_are_reported(graph, thermal, tiny_thermal_bundle):
    node = graph.start(
        thermal, scale_source='wheel', network='bundle', bundle=str(tiny_thermal_bundle)
    )
    publisher = graph.publisher('wheel/odometry', 'nav_msgs/msg/Odometry')
    taken = []
    original = node.wheel.add
    node.wheel.add = lambda *sample: taken.append((sample, original(*sample))) or taken[-1][1]
    publisher.publish(_odometry(graph.types, 10.0, 1.5))
    publisher.publish(_odometry(graph.types, 10.1, float('nan')))
    assert eventually(lambda: len(taken) == 2)
    assert taken[0] == ((10 * S, (1.5, 0.0, 0.0)), True)
    assert taken[1][1] is False
    assert graph.logged('/wheel/odometry: position (nan, 0, 0) cannot be used', level=30)
    assert eventually(lambda: graph.part('thermal: model'))
    assert 'wheel odometry has 0.0' in graph.part('thermal: model')[2]['metric scale source']
