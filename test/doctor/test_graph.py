# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the doctor concludes from a graph, one fault at a time. No ROS needed."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.base import contract
from thermal_depth_ros.doctor.finding import State
from thermal_depth_ros.doctor.graph import graph
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameTree
from thermal_depth_ros.nodes.camera.health import REPLACED
from thermal_depth_ros.nodes.tools.graph_view import (
    CameraNode,
    Endpoint,
    GraphView,
    InputCounts,
    Mismatch,
    ObservedTransform,
    Report,
)

THERMAL = CameraNode('/thermal', 'active', 'base_link', False)


def endpoint(topic, type_name, node, publishes):
    return Endpoint(topic, type_name, node, publishes, 'reliable, volatile, depth 5')


def joined(*frames):
    return tuple(ObservedTransform('/tf_static', *pair, False) for pair in frames)


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
    transforms=joined(('base_link', 'mast'), ('mast', 'thermal_optical')),
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


def test_no_camera_node_is_reported():
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
    found = only_complaint(dataclasses.replace(HEALTHY, transforms=joined(('base_link', 'mast'))))
    assert 'base_link' in found.name
    assert 'thermal_optical' in found.name


def test_transforms_join_in_both_directions():
    view = dataclasses.replace(
        HEALTHY, transforms=joined(('thermal_optical', 'mast'), ('base_link', 'mast'))
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
    assert 'does not report' in only_complaint(dataclasses.replace(HEALTHY, cameras=(camera,))).text


def test_qos_mismatch_of_a_camera_node_fails_with_topic_and_policy():
    mismatch = Mismatch('/thermal/points', '/thermal', '/tool', 'Durability: volatile publisher')
    found = only_complaint(dataclasses.replace(HEALTHY, mismatches=(mismatch,)))
    assert found.state is State.FAIL
    assert found.name == 'QoS /thermal/points'
    assert 'Durability' in found.text


def test_an_input_that_does_not_match_has_one_verdict():
    mismatch = Mismatch('/thermal/image_raw', '/driver', '/thermal', 'reliability')
    found = list(graph(dataclasses.replace(HEALTHY, mismatches=(mismatch,))))
    assert [f.state for f in found if '/thermal/image_raw' in f.name] == [State.FAIL]
    assert not any('hears' in f.text for f in found if 'image_raw' in f.name + f.text)


def test_an_input_is_heard_from_the_publishers_that_match():
    other = endpoint('/thermal/image_raw', contract.IMAGE, '/second', True)
    mismatch = Mismatch('/thermal/image_raw', '/driver', '/thermal', 'reliability')
    view = dataclasses.replace(
        HEALTHY, endpoints=(*HEALTHY.endpoints, other), mismatches=(mismatch,)
    )
    found = {f.name: f for f in graph(view)}
    assert 'receives /second' in found['/thermal/image_raw'].text
    assert '/driver' not in found['/thermal/image_raw'].text


def test_bad_frames_are_named_by_reason():
    drops = {'bad encoding': 3, 'late': 4, REPLACED: 50}
    counts = InputCounts('thermal: input', 80, drops, "encoding: 'nonsense'")
    found = only_complaint(dataclasses.replace(HEALTHY, input_counts=(counts,)))
    assert found.text == (
        "7 of 80 frames are bad: 4 late, 3 bad encoding; the last: encoding: 'nonsense'"
    )
    fine = InputCounts('thermal: input', 80, {REPLACED: 50}, '')
    assert complaints(dataclasses.replace(HEALTHY, input_counts=(fine,))) == []


def test_qos_mismatch_of_other_nodes_only_warns():
    mismatch = Mismatch('/scan', '/lidar', '/tool', 'reliability')
    found = only_complaint(dataclasses.replace(HEALTHY, mismatches=(mismatch,)))
    assert found.state is State.WARN


def test_sim_time_without_a_clock_and_a_clock_without_sim_time():
    camera = dataclasses.replace(THERMAL, uses_sim_time=True)
    assert (
        '/clock has no publisher'
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


def with_tf(*transforms, publishes_tf=True, more=()):
    camera = dataclasses.replace(THERMAL, odom_frame='odom', publishes_tf=publishes_tf)
    own = endpoint('/tf', contract.TF_MESSAGE, '/thermal', True)
    return dataclasses.replace(
        HEALTHY,
        cameras=(camera,),
        endpoints=(*HEALTHY.endpoints, own, *more),
        transforms=HEALTHY.transforms + transforms,
    )


def test_the_own_broadcast_of_the_base_frame_is_no_conflict():
    assert complaints(with_tf(ObservedTransform('/tf', 'odom', 'base_link', False))) == []


EKF = endpoint('/tf', contract.TF_MESSAGE, '/ekf_filter_node', True)
URDF = endpoint('/tf_static', contract.TF_MESSAGE, '/robot_state_publisher', True)


@pytest.mark.parametrize(
    ('transform', 'node', 'name'),
    [
        (ObservedTransform('/tf', 'odom', 'base_link', True), EKF, 'TF odom -> base_link'),
        (ObservedTransform('/tf', 'map', 'base_link', False), EKF, 'TF map -> base_link'),
        (
            ObservedTransform('/tf_static', 'base_footprint', 'base_link', False),
            URDF,
            'TF base_footprint -> base_link',
        ),
    ],
    ids=['same parent', 'another parent', 'static'],
)
def test_another_source_of_the_base_frame_fails_by_name(transform, node, name):
    found = only_complaint(with_tf(transform, more=(node,)))
    assert (found.name, found.state) == (name, State.FAIL)
    assert node.node in found.text
    assert 'one of' not in found.text
    assert 'publish_tf' in found.advice
    assert complaints(with_tf(transform, publishes_tf=False, more=(node,))) == []


def test_a_second_vehicle_of_the_same_name_fails():
    twin = endpoint('/thermal/depth/image', contract.IMAGE, '/thermal', True)
    found = only_complaint(
        dataclasses.replace(HEALTHY, endpoints=(*HEALTHY.endpoints, twin, EKF, EKF))
    )
    assert found.state is State.FAIL
    assert found.text == '/thermal/depth/image: published by another node named /thermal as well'
    assert 'ROS_DOMAIN_ID' in found.advice


def test_two_cameras_on_one_topic_are_named():
    second = endpoint('/thermal/image_raw', contract.IMAGE, '/lepton', True)
    found = only_complaint(dataclasses.replace(HEALTHY, endpoints=(*HEALTHY.endpoints, second)))
    assert '/driver' in found.text and '/lepton' in found.text


def test_a_publisher_that_does_not_match_is_not_reported_as_heard():
    mismatch = Mismatch('/thermal/image_raw', '/driver', '/thermal', 'reliability')
    found = [
        f
        for f in graph(dataclasses.replace(HEALTHY, mismatches=(mismatch,)))
        if '/thermal/image_raw' in f.name
    ]
    assert [f.state for f in found] == [State.FAIL]


def test_another_type_on_an_input_is_named():
    view = without(HEALTHY, '/thermal/image_raw', '/driver')
    other = endpoint('/thermal/image_raw', contract.COMPRESSED_IMAGE, '/driver', True)
    found = only_complaint(dataclasses.replace(view, endpoints=(*view.endpoints, other)))
    assert contract.COMPRESSED_IMAGE in found.text and '/driver' in found.text


def test_a_volatile_camera_info_that_is_silent_gets_the_advice_to_latch_it():
    found = only_complaint(dataclasses.replace(HEALTHY, camera_frames={}))
    assert '/driver (reliable, volatile' in found.text
    assert 'latched (transient local)' in found.advice


def test_two_subscriptions_of_one_topic_are_one_input():
    again = endpoint('/thermal/camera_info', contract.CAMERA_INFO, '/thermal', False)
    view = dataclasses.replace(HEALTHY, endpoints=(*HEALTHY.endpoints, again))
    assert complaints(view) == []
    assert len([f for f in graph(view) if f.name == '/thermal/camera_info']) == 1


def test_silent_wheels_are_named():
    wheel = endpoint('/wheel/odometry', contract.ODOMETRY, '/thermal', False)
    view = dataclasses.replace(HEALTHY, endpoints=(*HEALTHY.endpoints, wheel))
    assert only_complaint(view).name == '/wheel/odometry'


def test_names_from_the_graph_cannot_forge_lines_or_steer_a_terminal():
    report = Report('evil\x1b[2J', 'WARN', 'all\nOK everything ' + 'x' * 100_000)
    found = only_complaint(dataclasses.replace(HEALTHY, reports=(report,)))
    assert found.name.isprintable() and found.text.isprintable()
    assert len(found.text) < 3000
