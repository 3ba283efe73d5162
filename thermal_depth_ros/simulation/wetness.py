# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wet ground: darker, and a mirror where it is seen at a slant."""

from collections.abc import Sequence

import cv2
import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.simulation.arrays import Arrays
from thermal_depth_ros.simulation.ground import TERRAIN
from thermal_depth_ros.simulation.surfaces import Points

_IN_GRASS = 0.05  # share of the film that stands on grass
_MIRROR = 0.75  # what a water film reflects at the horizon, of what is above


def mirror_ground(
    images: Sequence[np.ndarray],
    ground: Points,
    camera: PinholeCamera,
    T_world_camera: np.ndarray,
    strength: float,
    arrays: Arrays,
) -> None:
    """Mix what stands above into the pixels of wet ground, in place.

    What is far away appears as far below the horizon as it is above it, smeared vertically by
    the roughness of the ground. Nearer things appear a little too short; the truth is not touched.

    Args:
        images: Channels (H, W).
        ground: Points of the ground.
        camera: Lens; its distortion is neglected.
        T_world_camera: (4, 4) of the camera.
        strength: 0 dry to 1 wet.
        arrays: Array backend of the points.
    """
    pixel, facing = arrays.numpy(ground.pixel), arrays.numpy(ground.facing)
    height, width = images[0].shape
    row, column = np.divmod(pixel, width)
    # The horizon: directions whose world z is zero.
    a, b, c = T_world_camera[2, :3].tolist()
    x = (column - camera.cx) / camera.fx
    horizon = camera.cy - camera.fy * (a * x + c) / b
    above = np.clip(np.rint(2.0 * horizon - row), 0, height - 1).astype(np.int64)
    film = np.where(arrays.numpy(ground.row) == TERRAIN, _IN_GRASS, 1.0)
    share = (film * strength * _MIRROR * (1.0 - facing) ** 4).astype(np.float32)
    for image in images:
        smeared = cv2.blur(image, (3, max(3, height // 14)))
        flat = image.reshape(-1)
        flat[pixel] += share * (smeared[above, column] - flat[pixel])
