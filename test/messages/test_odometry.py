# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import (
    odometry_message,
    odometry_sample,
    pose_message,
    pose_to_matrix,
    tf_message,
    transform_message,
    transform_to_matrix,
)
from thermal_depth_ros.messages.stamps import (
    stamp_ns,
)

numbers = st.floats(-1e4, 1e4)
motions = st.builds(
    lambda t, w: rigid.exponential(np.array([*t, *w])),
    st.tuples(numbers, numbers, numbers),
    st.tuples(*[st.floats(-3, 3)] * 3),
)


def turned(quaternion, point):
    """Turn a point by q p q*, multiplied out by hand."""
    x, y, z, w = quaternion
    u, p = np.array([x, y, z]), np.array(point)
    return 2 * u.dot(p) * u + (w * w - u.dot(u)) * p + 2 * w * np.cross(u, p)


def a_result(T=None, **changes):
    values = {
        'T_odom_base': np.eye(4) if T is None else T,
        'twist_base': np.arange(1.0, 7.0),
        'pose_covariance': np.arange(36.0).reshape(6, 6),
        'twist_covariance': np.arange(100.0, 136.0).reshape(6, 6),
        **changes,
    }
    return SimpleNamespace(**values)


@settings(max_examples=50, deadline=None)
@given(T=motions)
def test_a_transform_moves_points_as_its_matrix_does(types, T):
    msg = transform_message(types, T, 5, 'odom', 'base_link')
    rotation, shift = msg.transform.rotation, msg.transform.translation
    quaternion = (rotation.x, rotation.y, rotation.z, rotation.w)
    moved = turned(quaternion, [1.0, -2.0, 3.0]) + [shift.x, shift.y, shift.z]
    np.testing.assert_allclose(moved, (T @ [1.0, -2.0, 3.0, 1.0])[:3], atol=1e-7)
    np.testing.assert_allclose(transform_to_matrix(msg.transform), T, atol=1e-9)
    assert (msg.header.frame_id, msg.child_frame_id) == ('odom', 'base_link')
    np.testing.assert_allclose(pose_to_matrix(pose_message(types, T)), T, atol=1e-9)


def test_a_quarter_turn_to_the_left(types):
    T = np.array([[0.0, -1, 0, 4], [1, 0, 0, 5], [0, 0, 1, 6], [0, 0, 0, 1]])
    msg = tf_message(types, [transform_message(types, T, 0, 'odom', 'base_link')])
    rotation = msg.transforms[0].transform.rotation
    np.testing.assert_allclose(
        [rotation.x, rotation.y, rotation.z, rotation.w], [0, 0, 0.5**0.5, 0.5**0.5], atol=1e-12
    )


def test_odometry_fields(types):
    T = np.eye(4)
    T[:3, 3] = 1.5, 2.5, 3.5
    msg = odometry_message(types, a_result(T), 1_000_000_002, 'odom', 'base_link')
    assert stamp_ns(msg.header) == 1_000_000_002
    assert (msg.header.frame_id, msg.child_frame_id) == ('odom', 'base_link')
    position, orientation = msg.pose.pose.position, msg.pose.pose.orientation
    assert (position.x, position.y, position.z) == (1.5, 2.5, 3.5)
    assert (orientation.x, orientation.y, orientation.z, orientation.w) == (0, 0, 0, 1)
    twist = msg.twist.twist
    assert [twist.linear.x, twist.linear.y, twist.linear.z] == [1, 2, 3]
    assert [twist.angular.x, twist.angular.y, twist.angular.z] == [4, 5, 6]
    assert list(msg.pose.covariance) == list(range(36))  # row-major
    assert list(msg.twist.covariance) == list(range(100, 136))


@settings(max_examples=25, deadline=None)
@given(T=motions)
def test_odometry_comes_back(types, T):
    result = a_result(T)
    sample = odometry_sample(odometry_message(types, result, 7, 'odom', 'base_link'))
    np.testing.assert_allclose(sample.T_frame_child, T, atol=1e-9)
    np.testing.assert_array_equal(sample.twist_child, result.twist_base)
    np.testing.assert_array_equal(sample.pose_covariance, result.pose_covariance)
    np.testing.assert_array_equal(sample.twist_covariance, result.twist_covariance)
    assert (sample.stamp_ns, sample.frame_id, sample.child_frame_id) == (7, 'odom', 'base_link')


def test_a_message_does_not_share_its_covariance(types):
    result = a_result()
    msg = odometry_message(types, result, 7, 'odom', 'base_link')
    result.pose_covariance[:] = -1
    assert msg.pose.covariance[1] == 1


def test_odometry_that_is_no_motion_is_refused(types):
    def broken(part, name):
        msg = odometry_message(types, a_result(), 7, 'odom', 'base_link')
        setattr(part(msg), name, float('nan'))
        return msg

    for part, name, field in (
        (lambda m: m.pose.pose.position, 'y', 'position'),
        (lambda m: m.pose.pose.orientation, 'w', 'orientation'),
        (lambda m: m.twist.twist.linear, 'x', 'twist'),
    ):
        with pytest.raises(MessageError, match=f'{field} is .*nan'):
            odometry_sample(broken(part, name))
    msg = odometry_message(types, a_result(), 7, 'odom', 'base_link')
    msg.pose.pose.orientation.w = 0.0
    with pytest.raises(MessageError, match='orientation is .*not a rotation'):
        odometry_sample(msg)
