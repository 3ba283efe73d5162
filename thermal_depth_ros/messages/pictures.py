# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images for display: coloured depth, classes over the camera image."""

import functools

import cv2
import numpy as np

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.messages.errors import MessageError

INVALID_COLOUR = (0, 0, 0)


def depth_colour(depth_m: np.ndarray, near_m: float, far_m: float) -> np.ndarray:
    """Colour a depth map (H, W) in metres as (H, W, 3) uint8 R, G, B.

    Near is red, far is blue, on a logarithmic scale. The range is fixed, so that a colour means
    the same distance in every frame. -Inf (too near) has the colour of `near_m`,
    +Inf (too far) that of `far_m`, NaN is INVALID_COLOUR.

    Raises:
        MessageError: Not 0 <= near_m < far_m.
    """
    if not 0 <= near_m < far_m:
        raise MessageError('near_m, far_m', (near_m, far_m), 'not 0 <= near < far')
    near_m = max(near_m, far_m * 1e-4)  # avoids the logarithm of zero
    depth_m = np.ascontiguousarray(depth_m, np.float32)
    invalid = cv2.compare(depth_m, depth_m, cv2.CMP_NE)  # only NaN differs from itself
    # The type stubs of OpenCV lack scalars.
    bounded = cv2.min(cv2.max(depth_m, near_m), far_m)  # type: ignore[call-overload]
    # 255 log(depth / far) / log(near / far), in one pass over the logarithm.
    slope = 255.0 / np.log(near_m / far_m)
    logarithm = cv2.log(bounded)
    nearness = cv2.convertScaleAbs(logarithm, alpha=slope, beta=-slope * np.log(far_m))
    picture = cv2.applyColorMap(nearness, _turbo())
    if invalid.any():
        picture[invalid != 0] = INVALID_COLOUR
    return picture


def class_overlay(
    rgb: np.ndarray, labels: np.ndarray, colours: np.ndarray, opacity: float
) -> np.ndarray:
    """Blend class colours over an image (H, W, 3) uint8 R, G, B.

    Args:
        rgb: The image.
        labels: (H, W) uint8 class id.
        colours: (n, 3) uint8 R, G, B of class 0 to n-1. Other ids, including 255, show the
            image.
        opacity: 0 shows the image alone, 1 the classes alone.
    """
    labels = np.ascontiguousarray(labels)
    table = np.zeros((256, 1, 3), np.uint8)
    table[: len(colours), 0] = colours[:256]
    classes = cv2.applyColorMap(labels, table)
    blended = cv2.addWeighted(rgb, 1.0 - opacity, classes, opacity, 0.0)
    last = min(len(colours), UNLABELLED) - 1
    bare = cv2.compare(labels, float(last), cv2.CMP_GT)  # type: ignore[call-overload]
    return cv2.copyTo(rgb, bare, blended)


@functools.cache
def _turbo() -> np.ndarray:
    """Return the colour table (256, 1, 3) uint8 R, G, B of OpenCV's TURBO, blue to red."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO)[..., ::-1])
