# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows and columns at the border of a thermal image that are no picture, such as telemetry.

Cameras with telemetry (Lepton, Boson, Tau) write time, state and counters into one to four rows
above or below the picture. Such numbers must not become the statistics of the picture.
"""

import numpy as np

from thermal_depth_ros.geometry.crop import Crop

BORDER_SHARE = 16  # the border is one part in so many of the height and width, at each side
FAR = 2.0  # outlying: outside of the range of the interior by more than so many of its widths
OUTLYING_SHARE = 0.25  # of the pixels of a line that is no picture
_LOW, _HIGH = 0.01, 0.99  # fractions that the range of the interior lies between
ROW_STEP, COLUMN_STEP = 2, 4  # of the pixels that the range is taken from
_LEAST_WIDTH = {1: 8.0}  # of that range by bytes of a pixel: noise of a flat image is no range
LEAST_WIDTH_DEEP = 32.0


def outlying_border(image: np.ndarray) -> Crop:
    """Return how many lines at each side of an image (H, W) are no picture.

    A line belongs to them if a good part of its pixels lies far outside of what is usual in the
    interior, or if it lies between such a line and the edge.
    """
    height, width = image.shape
    rows, columns = height // BORDER_SHARE, width // BORDER_SHARE
    if not rows and not columns:
        return Crop()
    interior = image[rows : height - rows, columns : width - columns]
    low, high = _usual(interior)

    def lines(block: np.ndarray, axis: int) -> int:
        outside = ((block < low) | (block > high)).mean(axis=axis) >= OUTLYING_SHARE
        found = np.flatnonzero(outside)
        return int(found[-1]) + 1 if len(found) else 0

    middle = image[:, columns : width - columns]
    across = image[rows : height - rows]
    return Crop(
        top=lines(middle[:rows], 1),
        bottom=lines(middle[::-1][:rows], 1),
        left=lines(across[:, :columns], 0),
        right=lines(across[:, ::-1][:, :columns], 0),
    )


def picture_area(image: np.ndarray) -> np.ndarray:
    """Return a view of an image (H, W) without an outlying border; all of it where there is none.

    Images of several channels have no telemetry and come back as they are.
    """
    return outlying_border(image).image(image) if image.ndim == 2 else image


def _usual(interior: np.ndarray) -> tuple[float, float]:
    """Return the values beyond which a pixel lies far outside of the interior."""
    sample = np.ascontiguousarray(interior[::ROW_STEP, ::COLUMN_STEP]).ravel()
    first, last = places(sample.size)
    ordered = np.partition(sample, [first, last])
    low, high = float(ordered[first]), float(ordered[last])
    least = _LEAST_WIDTH.get(interior.dtype.itemsize, LEAST_WIDTH_DEEP)
    margin = FAR * max(high - low, least)
    return low - margin, high + margin


def places(count: int) -> tuple[int, int]:
    """Return the places in order of the values that the range of the interior lies between."""
    return min(round(_LOW * count), count - 1), min(max(round(_HIGH * count) - 1, 0), count - 1)
