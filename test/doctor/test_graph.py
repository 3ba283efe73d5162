# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor concludes from a graph, one fault at a time. No ROS needed."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros import contract
from thermal_depth_ros.doctor.finding import State
from thermal_depth_ros.doctor.graph import graph
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameTree
from thermal_depth_ros.nodes.graph_view import CameraNode, Endpoint, GraphView, Mismatch, Report

THERMAL = CameraNode('/thermal', 'active', 'base_link', False)


def endpoint(topic, type_name, node, publishes):
    return Endpoint(topic, type_name, node, publishes, 'reliable, volatile, depth 5')


HEALTHY = GraphView(
    endpoints=(
        endpoint('/thermal/image_raw', contract.IMAGE, '/driver', True),
        endpoint('/thermal/image_raw', contract.IMAGE, '/thermal', False),
        endpoint('/thermal/camera_info', contract.CAMERA_INFO, '/driver', True),
        endpoint('/thermal/camera_info', contract.CAMERA_INFO, '/thermal', False),
        endpoint('/thermal/depth/image', contract.IMAGE, '/thermal', True),
        endpoint('/thermal/depth/image', contract.IMAGE, '/rviz', False),
    ),
    cameras=(THERMAL,),
    frames=frozenset({('base_link', 'mast'), ('mast', 'thermal_optical')}),
    camera_frames={'/thermal/camera_info': 'thermal_optical'},
)


def complaints(view):
    return [f for f in graph(view) if f.state is not State.OK]


def only_complaint(view):
    found = complaints(view)
    assert len(found) == 1, found
    return found[0]


def without(view, topic, node):
    kept = tuple(e for e in view.endpoints if (e.topic, e.node) != (topic, node))
    return dataclasses.replace(view, endpoints=kept)


def test_a_healthy_graph_has_no_complaints():
    assert complaints(HEALTHY) == []


def test_outputs_name_what_is_subscribed():
    found = {f.name: f for f in graph(HEALTHY)}
    assert found['/thermal outputs'].text == '1 topics; subscribed: /thermal/depth/image'


def test_no_camera_node_is_said():
    assert 'none is running' in only_complaint(GraphView()).text


def test_missing_camera_info_names_the_topic_and_what_is_lost():
    found = only_complaint(without(HEALTHY, '/thermal/camera_info', '/driver'))
    assert found.name == '/thermal/camera_info'
    assert 'missing camera_info' in found.text
    assert 'cloud and odometry' in found.text


def test_missing_image_suggests_a_remapping():
    found = only_complaint(without(HEALTHY, '/thermal/image_raw', '/driver'))
    assert '-r /thermal/image_raw:=' in found.advice


def test_missing_transform_names_both_frames():
    found = only_complaint(dataclasses.replace(HEALTHY, frames=frozenset({('base_link', 'mast')})))
    assert 'base_link' in found.name
    assert 'thermal_optical' in found.name


def test_transforms_join_in_both_directions():
    view = dataclasses.replace(
        HEALTHY, frames=frozenset({('thermal_optical', 'mast'), ('base_link', 'mast')})
    )
    assert complaints(view) == []


def test_camera_info_that_does_not_arrive_is_not_taken_for_a_missing_transform():
    found = only_complaint(dataclasses.replace(HEALTHY, camera_frames={}))
    assert 'no message on /thermal/camera_info' in found.text


@pytest.mark.parametrize(
    ('state', 'change'), [('unconfigured', 'configure'), ('inactive', 'activate')]
)
def test_a_node_that_is_not_active_says_how_to_make_it_so(state, change):
    camera = dataclasses.replace(THERMAL, state=state)
    found = only_complaint(dataclasses.replace(HEALTHY, cameras=(camera,)))
    assert found.advice.endswith(f'ros2 lifecycle set /thermal {change}')


def test_a_silent_node_is_a_warning():
    camera = dataclasses.replace(THERMAL, state=None)
    assert 'does not answer' in only_complaint(dataclasses.replace(HEALTHY, cameras=(camera,))).text


def test_qos_mismatch_of_a_camera_node_fails_with_topic_and_policy():
    mismatch = Mismatch('/thermal/points', '/thermal', '/tool', 'Durability: volatile publisher')
    found = only_complaint(dataclasses.replace(HEALTHY, mismatches=(mismatch,)))
    assert found.state is State.FAIL
    assert found.name == 'QoS /thermal/points'
    assert 'Durability' in found.text


def test_qos_mismatch_of_other_nodes_only_warns():
    mismatch = Mismatch('/scan', '/lidar', '/tool', 'reliability')
    found = only_complaint(dataclasses.replace(HEALTHY, mismatches=(mismatch,)))
    assert found.state is State.WARN


def test_sim_time_without_a_clock_and_a_clock_without_sim_time():
    camera = dataclasses.replace(THERMAL, uses_sim_time=True)
    assert (
        'nobody publishes /clock'
        in only_complaint(dataclasses.replace(HEALTHY, cameras=(camera,))).text
    )
    clock = endpoint('/clock', 'rosgraph_msgs/msg/Clock', '/player', True)
    view = dataclasses.replace(HEALTHY, endpoints=(*HEALTHY.endpoints, clock))
    assert '/player publishes /clock' in only_complaint(view).text
    both = dataclasses.replace(view, cameras=(camera,))
    assert complaints(both) == []


def test_what_the_nodes_complain_about_is_passed_on():
    view = dataclasses.replace(HEALTHY, reports=(Report('thermal: odometry', 'WARN', 'lost'),))
    assert only_complaint(view).text == 'reports WARN: lost'


@pytest.mark.parametrize('turn', [np.eye(3), None])
def test_a_camera_that_sits_where_none_sits_is_doubted(turn):
    tree = FrameTree()
    mount = T_FORWARD.copy()
    if turn is not None:
        mount[:3, :3] = turn
    tree.add('base_link', 'mast', np.eye(4), static=True)
    tree.add('mast', 'thermal_optical', mount, static=True)
    view = dataclasses.replace(HEALTHY, tree=tree)
    if turn is None:
        assert complaints(view) == []
        return
    found = only_complaint(view)
    assert found.name == 'TF base_link <- thermal_optical'
    assert 'the rotation is the identity' in found.text
    assert 'static_transform_publisher --roll -1.5708' in found.advice
