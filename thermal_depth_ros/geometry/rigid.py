# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rigid motions as float64 arrays: quaternions in ROS order, logarithm, exponential."""

import numpy as np

_ORTHOGONAL = 1e-2  # largest error of a rotation matrix: files have six digits


def invert(T: np.ndarray) -> np.ndarray:
    """Inverse of a rigid motion (4, 4)."""
    inverse = np.eye(4)
    inverse[:3, :3] = T[:3, :3].T
    inverse[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return inverse


def compose(quaternion_xyzw: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Rigid motion (4, 4) from a quaternion (x, y, z, w) and a translation (3,)."""
    T = np.eye(4)
    T[:3, :3] = matrix_from_quaternion(quaternion_xyzw)
    T[:3, 3] = translation
    return T


def matrix_from_quaternion(quaternion_xyzw: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) from a quaternion (x, y, z, w), normalised here.

    Raises:
        ValueError: The quaternion is zero or not finite.
    """
    q = np.asarray(quaternion_xyzw, np.float64)
    # Tested before the norm, in which squares of huge numbers overflow.
    if not np.isfinite(q).all() or not 1e-9 <= np.abs(q).max() <= 1e9:
        raise ValueError(f'quaternion {q.tolist()} is not a rotation')
    norm = np.linalg.norm(q)
    x, y, z, w = q / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def nearest_rotation(matrix: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) next to a matrix (3, 3) that was written with few digits.

    Raises:
        ValueError: It is no rotation: its columns are not orthonormal, or it mirrors.
    """
    u, _, vt = np.linalg.svd(matrix)
    rotation: np.ndarray = u @ vt
    if np.abs(matrix - rotation).max() > _ORTHOGONAL or np.linalg.det(rotation) < 0:
        raise ValueError('the 3x3 matrix is not a rotation')
    return rotation


def quaternion_from_matrix(R: np.ndarray) -> np.ndarray:
    """Quaternion (x, y, z, w) with w >= 0 of a rotation (3, 3).

    The component of largest magnitude is computed first, so that no small number is divided by.
    """
    diagonal = np.diagonal(R)[:3]
    squares = np.array([*(2 * diagonal - diagonal.sum()), diagonal.sum()]) + 1.0
    largest = int(np.argmax(squares))
    differences = np.array([R[2, 1] - R[1, 2], R[0, 2] - R[2, 0], R[1, 0] - R[0, 1]])
    q = np.empty(4)
    if largest == 3:
        q[:3], q[3] = differences, squares[3]
    else:
        q[:3] = R[largest, :3] + R[:3, largest]
        q[largest], q[3] = squares[largest], differences[largest]
    q /= np.linalg.norm(q)
    return -q if q[3] < 0 else q


def from_roll_pitch_yaw(roll: float, pitch: float, yaw: float) -> np.ndarray:
    """Rotation (3, 3) by angles in rad about the fixed axes x, then y, then z (REP 103)."""
    (sr, sp, sy), (cr, cp, cy) = np.sin([roll, pitch, yaw]), np.cos([roll, pitch, yaw])
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def _skew(v: np.ndarray) -> np.ndarray:
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]], np.float64)


def rotation_vector(R: np.ndarray) -> np.ndarray:
    """Rotation vector (3,) in rad of a rotation (3, 3), of length at most pi."""
    q = quaternion_from_matrix(R)
    sine = np.linalg.norm(q[:3])
    if sine < 1e-12:
        small: np.ndarray = 2.0 * q[:3]
        return small
    vector: np.ndarray = 2.0 * np.arctan2(sine, q[3]) / sine * q[:3]
    return vector


def exponential(twist: np.ndarray) -> np.ndarray:
    """Rigid motion (4, 4) of a twist (6,) = (v, w) held for one unit of time."""
    velocity, omega = np.asarray(twist[:3], np.float64), np.asarray(twist[3:], np.float64)
    angle, cross = np.linalg.norm(omega), _skew(omega)
    if angle < 1e-6:
        a, b, c = 1.0 - angle**2 / 6, 0.5 - angle**2 / 24, 1 / 6 - angle**2 / 120
    else:
        a = np.sin(angle) / angle
        b = (1 - np.cos(angle)) / angle**2
        c = (angle - np.sin(angle)) / angle**3
    T = np.eye(4)
    T[:3, :3] += a * cross + b * cross @ cross
    T[:3, 3] = (np.eye(3) + b * cross + c * cross @ cross) @ velocity
    return T


def logarithm(T: np.ndarray) -> np.ndarray:
    """Twist (6,) = (v, w) that, held for one unit of time, gives the rigid motion (4, 4)."""
    omega = rotation_vector(T[:3, :3])
    angle, cross = np.linalg.norm(omega), _skew(omega)
    if angle < 1e-4:
        d = 1 / 12 + angle**2 / 720
    else:
        d = (1 - angle * np.sin(angle) / (2 * (1 - np.cos(angle)))) / angle**2
    velocity = (np.eye(3) - cross / 2 + d * cross @ cross) @ T[:3, 3]
    return np.concatenate([velocity, omega])
