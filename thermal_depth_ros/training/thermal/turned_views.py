# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two views of one image, as cameras turned about its centre would see them.

A rotation moves pixels by the homography K R K^-1, whatever their depth, so that any image teaches
a pose network rotations that are known exactly, without poses.
"""

import cv2
import numpy as np

_LARGEST_GAIN = 1.15  # of the brightness of a view, either way


def turned_views(
    image: np.ndarray, K: np.ndarray, largest_deg: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a rotation and return both views, and the motion between them.

    Args:
        image: (H, W) network input in [0, 1].
        K: (3, 3) intrinsics of the image.
        largest_deg: Largest angle between the views, degrees.
        rng: Draws the axis, evenly from all directions, the angle, and the brightness of the views.

    Returns:
        Views (2, H, W), each turned by half of the angle from the image, and reflected at its
        border; T_first_second (4, 4), a rotation.
    """
    axis = rng.normal(size=3)
    half = axis / np.linalg.norm(axis) * np.deg2rad(rng.uniform(0.0, largest_deg)) / 2
    R_half, _ = cv2.Rodrigues(half)
    T_first_second = np.eye(4)
    T_first_second[:3, :3] = R_half @ R_half
    # Where a view looks in the image: the first was turned the other way.
    rotations = R_half, R_half.T
    return np.stack([_seen(image, K, R, rng) for R in rotations]), T_first_second


def _seen(
    image: np.ndarray, K: np.ndarray, R_view_image: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the image from a turned camera, a little brighter or darker."""
    height, width = image.shape
    seen = cv2.warpPerspective(
        image,
        K @ R_view_image @ np.linalg.inv(K),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    gain = _LARGEST_GAIN ** rng.uniform(-1.0, 1.0)
    return np.clip(seen * gain, 0.0, 1.0).astype(np.float32)
