# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What each end offers and asks for, and a word when they do not match."""

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros


def _endpoints(graph, topic, publishers):
    ask = (
        graph.probe.get_publishers_info_by_topic
        if publishers
        else graph.probe.get_subscriptions_info_by_topic
    )
    return [found.qos_profile for found in ask(topic)]


def test_inputs_are_best_effort_outputs_reliable(graph, rgb):
    graph.start(rgb)
    for topic in ('/rgb/image_raw', '/rgb/camera_info'):
        (profile,) = _endpoints(graph, topic, publishers=False)
        assert profile.reliability.name == 'BEST_EFFORT'
        assert profile.durability.name == 'VOLATILE'
    for topic in ('/rgb/depth/image', '/rgb/points', '/rgb/semantic/image', '/diagnostics'):
        (profile,) = _endpoints(graph, topic, publishers=True)
        assert profile.reliability.name == 'RELIABLE'
        assert profile.durability.name == 'VOLATILE'
    (profile,) = _endpoints(graph, '/rgb/semantic/label_info', publishers=True)
    assert profile.durability.name == 'TRANSIENT_LOCAL'


@pytest.mark.parametrize('reliability', ['RELIABLE', 'BEST_EFFORT'])
def test_every_camera_driver_is_heard(graph, thermal, reliability):
    from rclpy.qos import QoSProfile, ReliabilityPolicy

    graph.start(thermal)
    qos = QoSProfile(depth=5, reliability=ReliabilityPolicy[reliability])
    graph.publisher('thermal/image_raw', 'sensor_msgs/msg/Image', qos)
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image')


def test_a_publisher_that_does_not_match_is_named_once(graph, thermal):
    from rclpy.qos import QoSProfile, ReliabilityPolicy

    name = 'qos_overrides./thermal/image_raw.subscription.reliability'
    graph.start(thermal, warn_period_s=0.0, **{name: 'reliable'})
    message_class = graph.types.message_class('sensor_msgs/msg/Image')
    qos = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    words = '/thermal/image_raw: a publisher offers a reliability that does not match'
    for _ in range(3):
        graph.probe.create_publisher(message_class, 'thermal/image_raw', qos)
        assert graph.logged(words, level=30)
        eventually(lambda: False, 0.1)
    assert len([line for line in graph.log(30) if words in line]) == 1


def test_a_subscriber_that_does_not_match_is_named(graph, thermal):
    from rclpy.qos import DurabilityPolicy, QoSProfile

    graph.start(thermal)
    late = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    graph.listen('thermal/depth/image', 'sensor_msgs/msg/Image', qos=late)
    words = '/thermal/depth/image: a subscription asks for a durability'
    assert graph.logged(words, level=30)
    assert graph.logged('qos_overrides./thermal/depth/image.publisher.durability', level=30)
