# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Alignment of an estimated trajectory with the true one, in least squares of the positions."""

import enum

import numpy as np


class Alignment(enum.Enum):
    """Freedom of the alignment."""

    SE3 = 'se3'  # rotation and translation: the estimate is metric
    SIM3 = 'sim3'  # and scale: of a single camera
    YAW = 'yaw'  # rotation about the vertical and translation: gravity is known


def align(
    true_m: np.ndarray, estimate_m: np.ndarray, how: Alignment, up: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return scale s and rigid motion T (4, 4) that minimise sum |true - (s R estimate + t)|^2.

    SE3 and SIM3 are the closed form of Umeyama 1991: with the covariance of true and estimated
    positions U D V^T, R = U S V^T, where S turns a reflection into a rotation, and
    s = trace(D S) / variance of the estimate. Where all positions lie on a line, the rotation about
    it is arbitrary; those of the result are aligned all the same.

    Args:
        true_m: (N, 3) true positions.
        estimate_m: (N, 3) estimated positions.
        how: Freedom.
        up: (3,) unit vector of the vertical in both worlds, for YAW.
    """
    true_mean, estimate_mean = true_m.mean(0), estimate_m.mean(0)
    true, estimate = true_m - true_mean, estimate_m - estimate_mean
    covariance = true.T @ estimate / len(true)
    scale = 1.0
    if how is Alignment.YAW:
        rotation = _about(up, covariance)
    else:
        u, sizes, vt = np.linalg.svd(covariance)
        signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
        rotation = u @ np.diag(signs) @ vt
        variance = float((estimate**2).sum()) / len(estimate)
        if how is Alignment.SIM3:
            scale = float((sizes * signs).sum()) / variance if variance > 0 else 1.0
    T = np.eye(4)
    T[:3, :3] = rotation
    T[:3, 3] = true_mean - scale * rotation @ estimate_mean
    return scale, T


def _about(up: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the rotation about an axis that maximises trace(R^T covariance).

    With R = c (I - u u^T) + s [u]_x + u u^T, the trace is c a + s b + const.
    """
    cross = np.array([[0.0, -up[2], up[1]], [up[2], 0.0, -up[0]], [-up[1], up[0], 0.0]])
    along = np.outer(up, up)
    a = float(np.trace((np.eye(3) - along).T @ covariance))
    b = float(np.trace(cross.T @ covariance))
    angle = np.arctan2(b, a)
    turned: np.ndarray = np.cos(angle) * (np.eye(3) - along) + np.sin(angle) * cross + along
    return turned


def apply(scale: float, T: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """Return poses (N, 4, 4) whose positions are scaled, moved by T."""
    scaled = poses.copy()
    scaled[:, :3, 3] *= scale
    moved: np.ndarray = T @ scaled
    return moved
