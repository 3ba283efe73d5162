# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects border rows and columns of thermal images without image content, such as telemetry.

Cameras with telemetry (Lepton, Boson, Tau) write time, state and counters into one to four rows
above or below the image. Such numbers must not enter the statistics of the image.
"""

import numpy as np

from thermal_depth_ros.geometry.crop import Crop

BORDER_SHARE = 16  # fraction 1/16 of height and width at each side
FAR = 2.0  # outlying: beyond the interior range by this multiple of its width
OUTLYING_SHARE = 0.25  # least share of outlying pixels in a line without image content
_LOW, _HIGH = 0.01, 0.99  # quantiles of the interior range
ROW_STEP, COLUMN_STEP = 2, 4  # subsampling of the interior
_LEAST_WIDTH = {1: 8.0}  # least width of the range by pixel size in bytes, for flat images
LEAST_WIDTH_DEEP = 32.0


def outlying_border(image: np.ndarray) -> Crop:
    """Return the number of lines without image content at each side of an image (H, W).

    A line counts if a large part of its pixels lies far outside the range of the interior, or if it
    lies between such a line and the edge.
    """
    height, width = image.shape
    rows, columns = height // BORDER_SHARE, width // BORDER_SHARE
    if not rows and not columns:
        return Crop()
    interior = image[rows : height - rows, columns : width - columns]
    low, high = _usual(interior)

    def lines(block: np.ndarray, axis: int) -> int:
        outside = ((block < low) | (block > high)).mean(axis=axis) >= OUTLYING_SHARE
        lines_outside = np.flatnonzero(outside)
        return int(lines_outside[-1]) + 1 if len(lines_outside) else 0

    middle = image[:, columns : width - columns]
    across = image[rows : height - rows]
    return Crop(
        top=lines(middle[:rows], 1),
        bottom=lines(middle[::-1][:rows], 1),
        left=lines(across[:, :columns], 0),
        right=lines(across[:, ::-1][:, :columns], 0),
    )


def picture_area(image: np.ndarray) -> np.ndarray:
    """Return a view of an image (H, W) without its outlying border.

    Images with several channels have no telemetry and are returned unchanged.
    """
    return outlying_border(image).image(image) if image.ndim == 2 else image


def _usual(interior: np.ndarray) -> tuple[float, float]:
    """Return the values beyond which a pixel is outlying."""
    sample = np.ascontiguousarray(interior[::ROW_STEP, ::COLUMN_STEP]).ravel()
    first, last = places(sample.size)
    ordered = np.partition(sample, [first, last])
    low, high = float(ordered[first]), float(ordered[last])
    least = _LEAST_WIDTH.get(interior.dtype.itemsize, LEAST_WIDTH_DEEP)
    margin = FAR * max(high - low, least)
    return low - margin, high + margin


def places(count: int) -> tuple[int, int]:
    """Return the indices of the quantiles of the interior in sorted order."""
    return min(round(_LOW * count), count - 1), min(max(round(_HIGH * count) - 1, 0), count - 1)
