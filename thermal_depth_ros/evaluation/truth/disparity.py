# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Disparity of a rectified pair of images by semi-global matching (Hirschmueller 2008)."""

import cv2
import numpy as np

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.thermal.normalisation import fraction_window

MIN_DISPARITY_PX = 1.5  # below it, a quarter of a pixel of error is a sixth of the depth
_RANGE_SHARE = 0.15  # largest disparity, as a share of the width
_STEP_PX = 16  # the range of disparities is a multiple of it, as OpenCV demands
_WINDOW_PX = 5
_UNIQUE_PERCENT = 8  # by which the best match is better than all others
_BACK_PX = 1.0
_FRACTIONS = 16  # OpenCV counts in sixteenths of a pixel
# Wrong matches in the sky and on bare roads are small regions of their own.
_SPECKLE_SHARE, _SPECKLE_RANGE_PX = 1 / 400, 2
_CLIP_LIMIT, _TILES = 2.0, (8, 8)
_LOW, _HIGH = 0.01, 0.99  # fractions of the pixels


def grey_pair(kind: str, reference: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both images of a pair as (H, W) uint8 with enough contrast to be matched.

    Thermal counts are stretched between common percentiles, so that equal counts stay equal, and
    equalised locally; colours become grey.

    Args:
        kind: Kind of both cameras.
        reference: (H, W) counts, or (H, W, 3) R, G, B.
        other: Image of the second camera, likewise.
    """
    if kind != THERMAL:
        first, second = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (reference, other))
        return first, second
    low, high = fraction_window(np.concatenate([reference.ravel(), other.ravel()]), _LOW, _HIGH)
    equaliser = cv2.createCLAHE(_CLIP_LIMIT, _TILES)
    scale = 255.0 / max(high - low, 1.0)
    first, second = (
        equaliser.apply(np.clip((one.astype(np.float32) - low) * scale, 0, 255).astype(np.uint8))
        for one in (reference, other)
    )
    return first, second


def disparity_px(reference: np.ndarray, other: np.ndarray, *, other_left: bool) -> np.ndarray:
    """Return the disparity (H, W) float32 of the reference image; NaN where it is not certain.

    A pixel is certain if its best match is unique, is matched back to it within _BACK_PX, belongs
    to a region of like disparities, and is at least MIN_DISPARITY_PX away.

    Args:
        reference: (H, W) uint8, with the rows of the other image.
        other: (H, W) uint8.
        other_left: Whether the other camera is left of the reference camera.
    """
    if other_left:  # mirrored, it is right of it
        mirrored = (np.ascontiguousarray(one[:, ::-1]) for one in (reference, other))
        return disparity_px(*mirrored, other_left=False)[:, ::-1]
    found = _matched(reference, other)
    # For the back check, the mirrored pair in the other order is again one with `other` right.
    back = _matched(other[:, ::-1], reference[:, ::-1])[:, ::-1]
    column = np.arange(reference.shape[1]) - np.rint(np.nan_to_num(found)).astype(np.int64)
    there = np.take_along_axis(back, np.maximum(column, 0), axis=1)
    with np.errstate(invalid='ignore'):
        certain = (column >= 0) & (np.abs(found - there) <= _BACK_PX) & (found >= MIN_DISPARITY_PX)
    return _without_speckles(np.where(certain, found, np.float32(np.nan)))


def _matched(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the best disparity (H, W) float32 of the left image; NaN where it is not unique."""
    disparities = _STEP_PX * max(round(_RANGE_SHARE * left.shape[1] / _STEP_PX), 1)
    matcher = cv2.StereoSGBM.create(
        minDisparity=0,
        numDisparities=disparities,
        blockSize=_WINDOW_PX,
        P1=8 * _WINDOW_PX**2,
        P2=32 * _WINDOW_PX**2,
        uniquenessRatio=_UNIQUE_PERCENT,
        mode=cv2.STEREO_SGBM_MODE_HH,
    )
    # OpenCV leaves out columns whose range of disparities does not lie within the image.
    wide = [
        cv2.copyMakeBorder(one, 0, 0, disparities, 0, cv2.BORDER_CONSTANT) for one in (left, right)
    ]
    found = matcher.compute(*wide)[:, disparities:].astype(np.float32) / _FRACTIONS
    found[found < 0] = np.nan
    return found


def _without_speckles(disparity: np.ndarray) -> np.ndarray:
    """Return a disparity (H, W) without small regions that differ from their surroundings."""
    fixed = (np.nan_to_num(disparity) * _FRACTIONS).astype(np.int16)
    smallest = round(_SPECKLE_SHARE * disparity.size)
    cv2.filterSpeckles(fixed, 0, smallest, _SPECKLE_RANGE_PX * _FRACTIONS)
    return np.where(fixed > 0, disparity, np.float32(np.nan))
