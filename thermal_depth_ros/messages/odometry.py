# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""nav_msgs/Odometry and transforms <-> matrices. Rotations travel as quaternions x, y, z, w."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.stamps import header_message, stamp_ns
from thermal_depth_ros.messages.types import MessageTypes


@dataclasses.dataclass(frozen=True, eq=False)
class OdometrySample:
    """One message of an odometry source. Orders of six are x, y, z, rotX, rotY, rotZ."""

    stamp_ns: int
    frame_id: str  # frame of the pose
    child_frame_id: str  # moving frame, and frame of the twist
    T_frame_child: np.ndarray  # (4, 4)
    twist_child: np.ndarray  # (6,) m/s and rad/s
    pose_covariance: np.ndarray  # (6, 6)
    twist_covariance: np.ndarray  # (6, 6)


def odometry_message(
    types: MessageTypes, result: OdometryResult, stamp_ns: int, odom_frame: str, base_frame: str
) -> Any:
    """Build an Odometry: pose of the base in the odom frame, twist in the base frame.

    Args:
        types: The library that the message is made for.
        result: Pose, twist and covariances.
        stamp_ns: Acquisition time of the frame.
        odom_frame: Frame of the pose.
        base_frame: Frame that moves.
    """
    return types.Odometry(
        header=header_message(types, stamp_ns, odom_frame),
        child_frame_id=base_frame,
        pose=types.PoseWithCovariance(
            pose=pose_message(types, result.T_odom_base),
            covariance=_covariance(result.pose_covariance),
        ),
        twist=types.TwistWithCovariance(
            twist=types.Twist(
                linear=_vector(types, result.twist_base[:3]),
                angular=_vector(types, result.twist_base[3:]),
            ),
            covariance=_covariance(result.twist_covariance),
        ),
    )


def pose_message(types: MessageTypes, T: np.ndarray) -> Any:
    """Build a Pose from a rigid motion (4, 4)."""
    x, y, z = map(float, T[:3, 3])
    return types.Pose(
        position=types.Point(x=x, y=y, z=z), orientation=_quaternion(types, T[:3, :3])
    )


def transform_message(
    types: MessageTypes, T_parent_child: np.ndarray, stamp_ns: int, parent: str, child: str
) -> Any:
    """Build a TransformStamped from a rigid motion (4, 4) that maps child points into parent."""
    return types.TransformStamped(
        header=header_message(types, stamp_ns, parent),
        child_frame_id=child,
        transform=types.Transform(
            translation=_vector(types, T_parent_child[:3, 3]),
            rotation=_quaternion(types, T_parent_child[:3, :3]),
        ),
    )


def tf_message(types: MessageTypes, transforms: list[Any]) -> Any:
    """Build a TFMessage from TransformStamped messages."""
    return types.TFMessage(transforms=transforms)


def transform_to_matrix(transform: Any) -> np.ndarray:
    """Return the rigid motion (4, 4) of a Transform.

    Raises:
        MessageError: The rotation is invalid, or the translation is not finite.
    """
    return _rigid('translation', transform.translation, 'rotation', transform.rotation)


def pose_to_matrix(pose: Any) -> np.ndarray:
    """Return the rigid motion (4, 4) of a Pose.

    Raises:
        MessageError: The orientation is invalid, or the position is not finite.
    """
    return _rigid('position', pose.position, 'orientation', pose.orientation)


def odometry_sample(msg: Any) -> OdometrySample:
    """Read an Odometry.

    Raises:
        MessageError: The pose or the twist is not finite, or the orientation is invalid.
    """
    twist = msg.twist.twist
    values = [getattr(part, axis) for part in (twist.linear, twist.angular) for axis in 'xyz']
    if not np.isfinite(values).all():
        raise MessageError('twist', values, 'not finite')
    return OdometrySample(
        stamp_ns=stamp_ns(msg.header),
        frame_id=str(msg.header.frame_id),
        child_frame_id=str(msg.child_frame_id),
        T_frame_child=pose_to_matrix(msg.pose.pose),
        twist_child=np.array(values, np.float64),
        pose_covariance=np.array(msg.pose.covariance, np.float64).reshape(6, 6),
        twist_covariance=np.array(msg.twist.covariance, np.float64).reshape(6, 6),
    )


def _rigid(place_name: str, place: Any, turn_name: str, turn: Any) -> np.ndarray:
    translation = np.array([place.x, place.y, place.z], np.float64)
    if not np.isfinite(translation).all():
        raise MessageError(place_name, translation.tolist(), 'not finite')
    quaternion = np.array([turn.x, turn.y, turn.z, turn.w], np.float64)
    try:
        return rigid.compose(quaternion, translation)
    except ValueError:
        raise MessageError(turn_name, quaternion.tolist(), 'not a rotation') from None


def _vector(types: MessageTypes, xyz: np.ndarray) -> Any:
    x, y, z = map(float, xyz)
    return types.Vector3(x=x, y=y, z=z)


def _quaternion(types: MessageTypes, R: np.ndarray) -> Any:
    x, y, z, w = map(float, rigid.quaternion_from_matrix(R))
    return types.Quaternion(x=x, y=y, z=z, w=w)


def _covariance(matrix: np.ndarray) -> np.ndarray:
    return np.array(matrix, np.float64).reshape(36)
