# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Motion between images as far as images tell it: how far the view turned, and the parallax."""

import dataclasses
from typing import Any

import cv2
import numpy as np

_MOST_POINTS, _LEAST_POINTS = 300, 12
_ROUNDS = 5  # of the robust fit


@dataclasses.dataclass(frozen=True)
class ViewChange:
    """What differs between two images of one camera.

    Attributes:
        turned_rad: Angle of the rotation that explains the flow best.
        parallax_px: Median of the flow that no rotation explains: noise, if the camera only turned.
    """

    turned_rad: float
    parallax_px: float


def view_change(first: np.ndarray, second: np.ndarray, K: np.ndarray) -> ViewChange | None:
    """Compare two images by the flow of corners.

    The rotation is the robust solution of Wahba's problem on the rays of the corners (Kabsch's
    algorithm with weights from the residuals).

    Args:
        first: Image (H, W) or (H, W, 3).
        second: Later image of the same camera.
        K: (3, 3) intrinsics, without distortion.

    Returns:
        None if too few corners are seen in both.
    """
    here, there = _levels(first, second)
    points = cv2.goodFeaturesToTrack(here, _MOST_POINTS, 0.01, 4)
    if points is None or len(points) < _LEAST_POINTS:
        return None
    moved, found = _tracked(here, there, np.asarray(points))
    back, returned = _tracked(there, here, moved)
    steady = (np.abs(back - points).max((1, 2)) < 0.5) & (found & returned).ravel().astype(bool)
    if steady.sum() < _LEAST_POINTS:
        return None
    before, after = (_rays(p[steady, 0].astype(np.float64), K) for p in (points, moved))
    focal_px = float(np.sqrt(K[0, 0] * K[1, 1]))
    weights = np.ones(len(before))
    for _ in range(_ROUNDS):
        R = _rotation(before, after, weights)
        residual_px = focal_px * np.linalg.norm(after - before @ R.T, axis=1)
        weights = 1.0 / (residual_px + 0.1)
    cosine = np.clip((np.trace(R) - 1) / 2, -1.0, 1.0)
    return ViewChange(float(np.arccos(cosine)), float(np.median(residual_px)))


def _tracked(
    here: np.ndarray, there: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where points (N, 1, 2) are in the other image, and whether they are found (N, 1)."""
    flow: Any = cv2.calcOpticalFlowPyrLK
    moved, found, _ = flow(here, there, points, None, winSize=(15, 15))
    return moved, found


def _rays(points: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Return unit rays (N, 3) of pixels (N, 2)."""
    rays = np.column_stack([points, np.ones(len(points))]) @ np.linalg.inv(K).T
    unit: np.ndarray = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _rotation(before: np.ndarray, after: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return R (3, 3) that minimises sum w |after - R before|^2."""
    u, _, vt = np.linalg.svd((after * weights[:, None]).T @ before)
    R: np.ndarray = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    return R


def _levels(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both images as grey (H, W) uint8 with the same mapping."""
    grey = [i if i.ndim == 2 else cv2.cvtColor(i, cv2.COLOR_RGB2GRAY) for i in (first, second)]
    low, high = np.percentile(grey[0], (1, 99))
    factor = 255.0 / max(float(high - low), 1.0)
    here, there = (
        np.clip((image.astype(np.float32) - low) * factor, 0, 255).astype(np.uint8)
        for image in grey
    )
    return here, there
