# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Odometry and TF of the thermal node, and the switch for TF."""

import math

import numpy as np
import pytest

from helpers.waiting import eventually

pytestmark = pytest.mark.ros

LOOKING_FORWARD = (-0.5, 0.5, -0.5, 0.5)  # optical axes in a body frame: z forward, x right


def test_odometry_and_tf_follow_the_contract(graph, thermal, tiny_thermal_bundle):
    node = graph.start(thermal, network='bundle', bundle=str(tiny_thermal_bundle))
    graph.send_transform('base_link', 'thermal_optical', (0.3, 0.0, 1.0), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'tf')
    assert eventually(lambda: _connected(node))
    odometry = graph.run_frames('thermal', 'odometry', 3)[-1]
    assert odometry.header.frame_id == 'odom'
    assert odometry.child_frame_id == 'base_link'
    diagonal = np.diagonal(np.array(odometry.pose.covariance).reshape(6, 6))
    assert (diagonal > 0).all()
    assert eventually(lambda: graph.heard['/tf'])
    transform = graph.heard['/tf'][-1].transforms[0]
    assert (transform.header.frame_id, transform.child_frame_id) == ('odom', 'base_link')
    q = transform.transform.rotation
    assert math.isclose(q.x**2 + q.y**2 + q.z**2 + q.w**2, 1.0, abs_tol=1e-6)
    assert eventually(lambda: graph.part('thermal: odometry')[1] in ('first', 'tracking'))


def test_publish_tf_can_be_switched_off_while_running(graph, thermal):
    from rclpy.parameter import Parameter

    node = graph.start(thermal)
    graph.send_transform('base_link', 'thermal_optical', (0.0, 0.0, 1.0), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'tf')
    assert eventually(lambda: _connected(node))
    graph.run_frames('thermal', '/tf')
    setting = [Parameter('publish_tf', value=False)]
    assert graph.spinner(node).call(lambda: node.set_parameters(setting))[0].successful
    graph.run_frames('thermal', 'odometry')  # the frame that was under way
    before = len(graph.heard['/tf'])
    graph.run_frames('thermal', 'odometry', 3)
    assert len(graph.heard['/tf']) == before
    assert node.wanted() == {'odometry'}


def test_listening_to_tf_does_not_count_as_wanting_it(graph, thermal):
    node = graph.start(thermal)
    assert node.wanted() == frozenset()


def test_without_a_transform_odometry_says_why_and_depth_continues(graph, thermal):
    graph.start(thermal)
    graph.send_transform('base_link', 'somewhere_else', (0.0, 0.0, 1.0), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', 2)
    assert not graph.heard['odometry']
    assert graph.logged("no transform between 'base_link' and 'thermal_optical'", level=30)
    assert graph.logged('/tf_static', level=30)
    assert eventually(lambda: 'no transform' in graph.part('thermal: odometry')[1])
    assert graph.part('thermal: odometry')[0] == 1


def test_a_bad_transform_is_reported(graph, thermal):
    graph.start(thermal)
    from rclpy.qos import DurabilityPolicy, QoSProfile

    types = graph.types
    zero = types.Transform(
        translation=types.Vector3(x=0.0, y=0.0, z=0.0),
        rotation=types.Quaternion(x=0.0, y=0.0, z=0.0, w=0.0),
    )
    header = graph.image('thermal').header
    stamped = types.TransformStamped(header=header, child_frame_id='cam', transform=zero)
    qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = graph.publisher('/tf_static', 'tf2_msgs/msg/TFMessage', qos)
    publisher.publish(types.TFMessage(transforms=[stamped]))
    assert graph.logged('thermal_optical -> cam: rotation', level=30)


def test_a_moving_joint_on_tf_is_followed(graph, thermal):
    """A camera on a turret: the static chain ends at the turret, /tf continues to the body."""
    from thermal_depth_ros.geometry import rigid
    from thermal_depth_ros.messages.odometry import tf_message, transform_message

    node = graph.start(thermal)
    graph.send_transform('turret', 'thermal_optical', (0.1, 0.0, 0.0), LOOKING_FORWARD)
    T = rigid.compose(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0]))
    joint = transform_message(graph.types, T, graph.stamp_ns, 'base_link', 'turret')
    publisher = graph.publisher('/tf', 'tf2_msgs/msg/TFMessage')
    publisher.publish(tf_message(graph.types, [joint]))
    assert eventually(lambda: _connected(node))
    T_base_optical = node.camera_extrinsics('thermal_optical')
    np.testing.assert_allclose(T_base_optical[:3, 3], [0.1, 0.0, 2.0], atol=1e-12)
    # One metre along the optical axis is one metre forward.
    forward = T_base_optical @ np.array([0.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(forward[:3], [1.1, 0.0, 2.0], atol=1e-12)
    # After a time jump the joint may be anywhere; the mount of the camera has not moved.
    graph.spinner(node).call(lambda: node.time_jumped('test'))
    assert not _connected(node)
    publisher.publish(tf_message(graph.types, [joint]))
    assert eventually(lambda: _connected(node))


def test_real_networks_run_through_the_node(graph, thermal, tiny_thermal_bundle):
    node = graph.start(thermal, network='bundle', bundle=str(tiny_thermal_bundle))
    graph.send_transform('base_link', 'thermal_optical', (0.0, 0.0, 1.0), LOOKING_FORWARD)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth', 'confidence', 'odometry', 'points', 'colour')
    assert eventually(lambda: _connected(node))
    graph.run_frames('thermal', 'odometry', 3)
    assert graph.logged('untrained', level=30)
    assert eventually(lambda: graph.part('thermal: model')[0] == 1)
    assert 'untrained' in graph.part('thermal: model')[1]
    values = graph.part('thermal: model')[2]
    assert values['weights'] == 'untrained' and values['device'] == 'cpu'
    assert graph.heard['thermal/depth/colour'][-1].encoding == 'rgb8'
    confidence = graph.heard['thermal/depth/confidence'][-1]
    pixels = np.frombuffer(confidence.data, np.float32)
    assert ((pixels >= 0) & (pixels <= 1)).all()


def _connected(node) -> bool:
    from thermal_depth_ros.geometry.frames import FrameError

    try:
        node.camera_extrinsics('thermal_optical')
    except FrameError:
        return False
    return True


def test_a_camera_in_its_body_frame_is_reported_once_and_in_the_diagnostics(
    graph, thermal, tiny_thermal_bundle
):
    node = graph.start(thermal, network='bundle', bundle=str(tiny_thermal_bundle))
    graph.send_transform('base_link', 'thermal_optical', (0.3, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0))
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'odometry')
    assert eventually(lambda: _connected(node))
    graph.run_frames('thermal', 'odometry', 3)
    assert graph.logged('the rotation is the identity', level=30)
    assert graph.logged('static_transform_publisher --roll -1.5708', level=30)
    assert eventually(lambda: 'rotation is the identity' in graph.part('thermal: odometry')[1])
    assert graph.part('thermal: odometry')[0] == 1


def _with_telemetry() -> np.ndarray:
    pixels = np.random.default_rng(5).integers(20000, 20500, (50, 64)).astype(np.uint16)
    pixels[48:] = 0
    return pixels


def test_telemetry_rows_are_reported_once_with_the_parameter(graph, thermal):
    graph.start(thermal)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth')
    graph.run_frames('thermal', 'thermal/depth/image', 3, pixels=_with_telemetry())
    assert graph.logged('the image has 2 rows more than its camera_info', level=30)
    assert eventually(lambda: 'crop_bottom: 2' in graph.part('thermal: camera_info')[1])
    said = [line for line in graph.log(30) if line.startswith('/thermal/image_raw: the image has')]
    assert len(said) == 1 and 'crop_bottom: 2' in said[0]


def test_outputs_are_of_what_is_left_of_the_image(graph, thermal):
    graph.start(thermal, crop_bottom=2, crop_left=4)
    graph.send_info('thermal')
    graph.listen_outputs('thermal', 'depth', 'camera_info', 'points')
    depth = graph.run_frames('thermal', 'thermal/depth/image', 1, pixels=_with_telemetry())[-1]
    assert (depth.height, depth.width) == (48, 60)
    assert eventually(lambda: graph.heard['thermal/depth/camera_info'])
    assert eventually(lambda: graph.heard['thermal/points'])
    info = graph.heard['thermal/depth/camera_info'][-1]
    assert (info.height, info.width) == (48, 60)
    assert info.k[2] == (64 - 1) / 2 - 4 and info.k[5] == (48 - 1) / 2
    assert (graph.heard['thermal/points'][-1].width, info.roi.width) == (60, 0)
