# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image window that a body can cover: its projected bounding box."""

import itertools

import numpy as np

from thermal_depth_ros.simulation.parts import PartTable

NEAR_M = 0.05
_SIGNS = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
_EDGES = np.array(
    [(a, b) for a in range(8) for b in range(a) if np.abs(_SIGNS[a] - _SIGNS[b]).sum() == 2]
)


def corners(parts: PartTable, T_camera_world: np.ndarray) -> np.ndarray:
    """Corners (n, 8, 3) of the box around every part, in the camera's frame."""
    R, t = T_camera_world[:3, :3], T_camera_world[:3, 3]
    axes = (R @ parts.rotation) * parts.half[:, None, :]
    return _SIGNS @ axes.transpose(0, 2, 1) + (parts.centre @ R.T + t)[:, None, :]


def projected_bounds(points: np.ndarray) -> np.ndarray:
    """Bounds (n, 4) of x/z and y/z (x low, x high, y low, y high) of boxes of corners (n, 8, 3).

    Edges are cut at NEAR_M in front of the camera. Boxes behind it have bounds +Inf, -Inf.
    """
    first, second = points[:, _EDGES[:, 0]], points[:, _EDGES[:, 1]]
    seen = (first[..., 2] >= NEAR_M) | (second[..., 2] >= NEAR_M)
    rise = second[..., 2] - first[..., 2]
    at = (NEAR_M - first[..., 2]) / np.where(np.abs(rise) < 1e-12, 1e-12, rise)
    crossing = first + at[..., None] * (second - first)
    ends = [np.where((end[..., 2] < NEAR_M)[..., None], crossing, end) for end in (first, second)]
    bounds = np.empty((len(points), 4))
    for axis in (0, 1):
        values = np.concatenate([end[..., axis] / end[..., 2] for end in ends], axis=1)
        mask = np.concatenate([seen, seen], axis=1)
        bounds[:, 2 * axis] = np.where(mask, values, np.inf).min(axis=1)
        bounds[:, 2 * axis + 1] = np.where(mask, values, -np.inf).max(axis=1)
    return bounds


def pixel_windows(bounds: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Windows (n, 4) (left, right, top, bottom; half open) of bounds, clipped to the image.

    Args:
        bounds: Bounds from `projected_bounds`.
        x: (1 or H, W) x/z of the rays, growing along rows.
        y: (H, 1 or W) y/z of the rays, growing along columns.
    """
    windows = np.empty((len(bounds), 4), np.int64)
    windows[:, 0] = np.searchsorted(x.max(axis=0), bounds[:, 0], 'left')
    windows[:, 1] = np.searchsorted(x.min(axis=0), bounds[:, 1], 'right')
    windows[:, 2] = np.searchsorted(y.max(axis=1), bounds[:, 2], 'left')
    windows[:, 3] = np.searchsorted(y.min(axis=1), bounds[:, 3], 'right')
    return windows
