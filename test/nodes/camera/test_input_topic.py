# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Every input is heard whatever its publisher offers, and its silence is explained."""

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros

CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
TF = 'tf2_msgs/msg/TFMessage'
LOOKING_FORWARD = (-0.5, 0.5, -0.5, 0.5)


def _profile(durability, reliability='RELIABLE', depth=10):
    from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

    return QoSProfile(
        depth=depth,
        durability=DurabilityPolicy[durability],
        reliability=ReliabilityPolicy[reliability],
    )


def _mount(graph):
    import numpy as np

    from thermal_depth_ros.geometry import rigid
    from thermal_depth_ros.messages.odometry import tf_message, transform_message

    T = rigid.compose(np.array(LOOKING_FORWARD), np.array([0.0, 0.0, 1.0]))
    return tf_message(
        graph.types, [transform_message(graph.types, T, 1, 'base_link', 'thermal_optical')]
    )


def _placed(node):
    from thermal_depth_ros.geometry.frames import FrameError

    try:
        return node.camera_extrinsics('thermal_optical') is not None
    except FrameError:
        return False


@pytest.mark.parametrize('first', ['driver', 'node'])
def test_a_latched_camera_info_that_was_sent_once_is_received(graph, thermal, first):
    node = None if first == 'driver' else graph.start(thermal)
    latched = graph.probe.create_publisher(
        graph.types.message_class(CAMERA_INFO), 'thermal/camera_info', _profile('TRANSIENT_LOCAL')
    )
    message = graph.info('thermal')
    latched.publish(message)
    node = node or graph.start(thermal)
    assert eventually(lambda: node._inputs.info == message)
    graph.listen_outputs('thermal', 'points')
    graph.run_frames('thermal', 'thermal/points')
    assert not [line for line in graph.log(30) if '/thermal/camera_info' in line]


@pytest.mark.parametrize(
    'profile',
    [('VOLATILE', 'RELIABLE'), ('VOLATILE', 'BEST_EFFORT'), ('TRANSIENT_LOCAL', 'BEST_EFFORT')],
    ids=' '.join,
)
def test_camera_info_with_every_image_is_received(graph, thermal, profile):
    node = graph.start(thermal)
    publisher = graph.publisher('thermal/camera_info', CAMERA_INFO, _profile(*profile))
    message = graph.info('thermal')
    assert eventually(lambda: publisher.publish(message) or node._inputs.info == message)


def test_a_latched_and_a_volatile_publisher_are_both_heard(graph, thermal):
    node = graph.start(thermal)
    message_class = graph.types.message_class(CAMERA_INFO)
    latched, volatile = (
        graph.probe.create_publisher(message_class, 'thermal/camera_info', _profile(durability))
        for durability in ('TRANSIENT_LOCAL', 'VOLATILE')
    )
    for publisher, width in ((latched, 64), (volatile, 65), (latched, 66)):
        message = graph.info('thermal', shape=(48, width))
        assert eventually(
            lambda publisher=publisher, message=message: (
                publisher.publish(message) or node._inputs.info == message
            )
        )
    assert eventually(lambda: len(node._inputs.infos.subscriptions) == 2)
    assert not [line for line in graph.log(30) if 'does not match' in line]


def test_missing_camera_info_names_publishers_qos_and_the_remedy(graph, thermal):
    graph.start(thermal, stale_after_s=0.3, warn_period_s=0.0)
    graph.listen_outputs('thermal', 'depth')
    # Volatile and sent before the node listened: gone for ever.
    graph.probe.create_publisher(
        graph.types.message_class(CAMERA_INFO), 'thermal/camera_info', _profile('VOLATILE')
    )
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    said = (
        'on /thermal/camera_info (sensor_msgs/msg/CameraInfo, best effort, volatile, depth 5): '
        'published by /probe (sensor_msgs/msg/CameraInfo, reliable, volatile), but nothing '
        'arrives. Is it sent once, before this node listens? Publish it with every image, or '
        'latched'
    )
    assert graph.logged(said, level=30), graph.log(30)
    assert eventually(lambda: said[:200] in graph.part('thermal: camera_info')[1])
    graph.run_frames('thermal', 'thermal/depth/image', 5)
    assert len([line for line in graph.log(30) if said in line]) == 1
    # Once it comes, the complaint goes.
    graph.send_info('thermal')
    graph.run_frames('thermal', 'thermal/depth/image', 1)
    assert eventually(lambda: graph.part('thermal: camera_info')[0] == 0)


def test_camera_info_under_another_name_is_found(graph, thermal):
    graph.start(thermal, stale_after_s=0.3)
    graph.probe.create_publisher(
        graph.types.message_class(CAMERA_INFO), '/boson/camera_info', _profile('VOLATILE')
    )
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')
    assert graph.logged('on /thermal/camera_info', level=30)
    assert graph.logged('it has no publisher', level=30)
    assert graph.logged('Topics of this type: /boson/camera_info', level=30)


@pytest.mark.parametrize(
    ('topic', 'profile'),
    [
        ('/tf_static', ('TRANSIENT_LOCAL', 'RELIABLE')),
        ('/tf_static', ('VOLATILE', 'RELIABLE')),
        ('/tf', ('VOLATILE', 'RELIABLE')),
        ('/tf', ('VOLATILE', 'BEST_EFFORT')),
    ],
    ids=['latched', 'static but volatile', 'moving', 'moving, best effort'],
)
def test_a_mount_is_heard_from_every_publisher(graph, thermal, topic, profile):
    node = graph.start(thermal)
    publisher = graph.publisher(topic, TF, _profile(*profile))
    mount = _mount(graph)
    assert eventually(lambda: publisher.publish(mount) or _placed(node))
    assert node.wanted() == frozenset(), 'listening twice to /tf is not wanting it'
    assert not [line for line in graph.log(30) if 'does not match' in line]


def test_a_missing_mount_names_topics_and_the_command_that_publishes_one(graph, thermal):
    graph.start(thermal, warn_period_s=0.0)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert graph.logged('/tf_static: it has no publisher', level=30)
    command = 'static_transform_publisher --frame-id base_link --child-frame-id thermal_optical'
    assert graph.logged(command, level=30)
    assert eventually(lambda: graph.part('thermal: transforms')[0] == 1)
    graph.run_frames('thermal', 'thermal/depth/image', 5)
    assert len([line for line in graph.log(30) if command in line]) == 1
    graph.send_transform('base_link', 'thermal_optical', (0, 0, 1), LOOKING_FORWARD)
    graph.run_frames('thermal', 'odometry')
    assert eventually(lambda: graph.part('thermal: transforms')[0] == 0)


def test_tf_of_a_namespaced_robot_is_pointed_at(graph, thermal):
    graph.start(thermal)
    publisher = graph.probe.create_publisher(
        graph.types.message_class(TF), '/robot1/tf_static', _profile('TRANSIENT_LOCAL')
    )
    publisher.publish(_mount(graph))
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert graph.logged('Topics of this type: /robot1/tf_static', level=30)


def test_silent_wheels_are_explained(graph, thermal, tiny_thermal_bundle):
    bundle = {'network': 'bundle', 'bundle': str(tiny_thermal_bundle)}
    graph.start(thermal, scale_source='wheel', stale_after_s=0.3, **bundle)
    assert graph.logged('on /wheel/odometry (nav_msgs/msg/Odometry', level=30, seconds=20)
    assert eventually(lambda: graph.part('thermal: wheel odometry')[0] == 1)
    graph.probe.create_publisher(
        graph.types.message_class('nav_msgs/msg/Odometry'), 'wheel/odometry', 1
    )
    assert graph.logged('published by /probe (nav_msgs/msg/Odometry, reliable, volatile)', level=30)


def test_an_override_that_matches_no_publisher_is_explained(graph, thermal):
    name = 'qos_overrides./thermal/image_raw.subscription.reliability'
    graph.start(thermal, stale_after_s=0.3, **{name: 'reliable'})
    graph.probe.create_publisher(
        graph.types.message_class('sensor_msgs/msg/Image'),
        'thermal/image_raw',
        _profile('VOLATILE', 'BEST_EFFORT'),
    )
    words = 'is incompatible with this subscription (reliability): /probe (sensor_msgs/msg/Image'
    assert graph.logged(words, level=30)
