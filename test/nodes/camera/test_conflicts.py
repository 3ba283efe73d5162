# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A second vehicle, a second camera on a topic, a second source of the base frame: named."""

import contextlib

import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros

LOOKING_FORWARD = (-0.5, 0.5, -0.5, 0.5)


@contextlib.contextmanager
def _another(graph, name):
    """Make a node in a DDS participant of its own, as another process has it."""
    import rclpy
    from rclpy.context import Context

    context = Context()
    rclpy.init(args=[], context=context, domain_id=graph.domain)
    node = rclpy.create_node(name, context=context)
    try:
        yield node
    finally:
        node.destroy_node()
        context.try_shutdown()


def _tf_publisher(graph, node, topic='/tf'):
    from thermal_depth_ros.nodes.qos import transform_qos

    message_class = graph.types.message_class('tf2_msgs/msg/TFMessage')
    return node.create_publisher(message_class, topic, transform_qos(topic == '/tf_static'))


def _base_pose(graph, stamp_ns, parent='odom'):
    import numpy as np

    from thermal_depth_ros.messages.odometry import tf_message, transform_message

    T = np.eye(4)
    T[0, 3] = 7.0
    return tf_message(
        graph.types, [transform_message(graph.types, T, stamp_ns, parent, 'base_link')]
    )


def test_a_second_vehicle_is_named_once_and_forgotten_when_it_leaves(graph, thermal):
    graph.start(thermal, warn_period_s=0.0)
    assert eventually(lambda: graph.part('thermal: graph'))
    assert graph.part('thermal: graph')[0] == 0
    message_class = graph.types.message_class('sensor_msgs/msg/Image')
    with _another(graph, 'thermal') as twin:
        twin.create_publisher(message_class, 'thermal/depth/image', 1)
        twin.create_publisher(message_class, 'thermal/depth/colour', 1)
        assert graph.logged(
            '/thermal/depth/image, /thermal/depth/colour: published by another node named '
            '/thermal as well. A second vehicle in this ROS_DOMAIN_ID?',
            level=30,
        ), graph.log(30)
        assert eventually(lambda: graph.part('thermal: graph')[0] == 1)
        eventually(lambda: False, 1.5)
    assert eventually(lambda: graph.part('thermal: graph')[0] == 0, 30)
    said = [line for line in graph.log(30) if 'A second vehicle' in line]
    assert len(said) == 1, said


def test_two_running_vehicles_name_each_other(graph, thermal, rgb):
    graph.start(thermal)
    graph.start(rgb)
    with _another(graph, 'robot_2') as other:
        message_class = graph.types.message_class('sensor_msgs/msg/PointCloud2')
        other.create_publisher(message_class, 'rgb/points', 1)
        assert graph.logged('/rgb/points: published by /robot_2 as well', level=30)
    assert not [line for line in graph.log(30) if line.startswith('/thermal/')]


def test_two_cameras_on_one_topic_are_named(graph, thermal):
    graph.start(thermal)
    message_class = graph.types.message_class('sensor_msgs/msg/Image')
    with _another(graph, 'boson') as one, _another(graph, 'lepton') as other:
        for node in (one, other):
            node.create_publisher(message_class, 'thermal/image_raw', 1)
        assert graph.logged(
            '/thermal/image_raw: 2 publishers, /boson, /lepton: their images are mixed', level=30
        ), graph.log(30)


def test_a_filter_that_broadcasts_the_base_frame_is_named(graph, thermal):
    node = graph.start(thermal)
    graph.send_transform('base_link', 'thermal_optical', (0, 0, 1), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'tf')
    graph.run_frames('thermal', '/tf', 5)  # own ones are heard back, and are no conflict
    assert eventually(lambda: graph.part('thermal: graph')[0] == 0)
    assert not node._conflicts.current
    with _another(graph, 'ekf_filter_node') as ekf:
        publisher = _tf_publisher(graph, ekf)
        words = 'odom -> base_link comes from another source as well, on /tf by /ekf_filter_node'
        assert eventually(
            lambda: (
                publisher.publish(_base_pose(graph, graph.stamp_ns))
                or graph.logged(words, level=30, seconds=0.2)
            ),
            20,
        ), graph.log(30)
        assert 'set publish_tf to false' in graph.log(30)[-1]
        assert eventually(lambda: words in graph.part('thermal: graph')[1])
    # It is no conflict where this node leaves the base frame to the filter.
    from rclpy.parameter import Parameter

    setting = [Parameter('publish_tf', value=False)]
    assert graph.spinner(node).call(lambda: node.set_parameters(setting))[0].successful
    assert eventually(lambda: graph.part('thermal: graph')[0] == 0)


def test_a_static_parent_of_the_base_frame_is_named(graph, thermal):
    graph.start(thermal)
    with _another(graph, 'robot_state_publisher') as urdf:
        _tf_publisher(graph, urdf, '/tf_static').publish(_base_pose(graph, 0, 'base_footprint'))
        assert graph.logged(
            'base_footprint -> base_link comes from another source as well, on /tf_static by '
            '/robot_state_publisher',
            level=30,
        ), graph.log(30)
        assert graph.logged('or base_frame to the frame at the root', level=30)


def test_two_vehicles_on_the_same_images_double_the_place_of_the_base(graph, thermal):
    """Both see the same frames and send equal transforms: only their number gives them away."""
    graph.start(thermal)
    graph.start(thermal)
    graph.send_transform('base_link', 'thermal_optical', (0, 0, 1), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'tf')
    words = 'odom -> base_link comes from another source as well, on /tf by another node named'
    for _ in range(20):
        graph.run_frames('thermal', '/tf', 2)
        if graph.logged(f'{words} /thermal', level=30, seconds=1.0):
            break
    assert graph.logged(f'{words} /thermal', level=30), graph.log(30)
    assert graph.logged('published by another node named /thermal as well', level=30)
