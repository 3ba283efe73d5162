# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures for people: depth in colours, classes over the camera image."""

import functools

import cv2
import numpy as np

from thermal_depth_ros.contract import UNLABELLED
from thermal_depth_ros.messages.errors import MessageError

INVALID_COLOUR = (0, 0, 0)


def depth_colour(depth_m: np.ndarray, near_m: float, far_m: float) -> np.ndarray:
    """Colour a depth map (H, W) in metres as (H, W, 3) uint8 R, G, B.

    Near is red, far is blue, evenly over the logarithm of the depth. The range is fixed, so that
    a colour means the same distance in every frame. -Inf (too near) has the colour of `near_m`,
    +Inf (too far) that of `far_m`, NaN is INVALID_COLOUR.

    Raises:
        MessageError: not 0 <= near_m < far_m.
    """
    if not 0 <= near_m < far_m:
        raise MessageError('near_m, far_m', (near_m, far_m), 'not 0 <= near < far')
    near_m = max(near_m, far_m * 1e-4)  # the logarithm of zero has no end
    bounded = np.clip(depth_m, near_m, far_m)
    invalid = np.isnan(bounded)
    bounded[invalid] = far_m
    nearness = cv2.log(bounded / far_m) / np.log(near_m / far_m)
    picture = cv2.applyColorMap(cv2.convertScaleAbs(nearness, alpha=255.0), _turbo())
    picture[invalid] = INVALID_COLOUR
    return picture


def class_overlay(
    rgb: np.ndarray, labels: np.ndarray, colours: np.ndarray, opacity: float
) -> np.ndarray:
    """Blend class colours over an image (H, W, 3) uint8 R, G, B.

    Args:
        rgb: the image.
        labels: (H, W) uint8 class id.
        colours: (n, 3) uint8 R, G, B of class 0 to n-1. Other ids, and 255, leave the image as
            it is.
        opacity: 0 shows the image alone, 1 the classes alone.
    """
    painted = labels < min(len(colours), UNLABELLED)
    table = np.zeros((256, 1, 3), np.uint8)
    table[: len(colours), 0] = colours[:256]
    blended = cv2.addWeighted(
        rgb, 1.0 - opacity, cv2.applyColorMap(np.ascontiguousarray(labels), table), opacity, 0.0
    )
    return np.where(painted[..., None], blended, rgb)


@functools.cache
def _turbo() -> np.ndarray:
    """Return the colour table (256, 1, 3) uint8 R, G, B of OpenCV's TURBO, blue to red."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO)[..., ::-1])
