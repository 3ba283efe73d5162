# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the view moved between two images, where no odometry says so.

Noise, drift and a changing gain alter every pixel of a camera that stands still, and somebody may
walk through its view. What they do not do is shift most of the image: each tile of it is asked
for the shift that explains its change best, and for what noise alone would make of that.
"""

import numpy as np

STILL_PX = 1.0  # a smaller shift, noise taken away, is none
# So large a shift is one even where it does not explain much: between images that have little in
# common. Noise alone was not seen to give half of it.
_SURE_PX = 4.0
_TILE = 5  # blocks along one side


def measure_shift(
    blocks: np.ndarray, side: int, targets: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return by how many pixels images (N,) are shifted against others, noise taken away.

    Args:
        blocks: (M, H', W') float32 means of blocks of all images; may be a memory map.
        side: pixels along one side of a block.
        targets: (N,) indices of images.
        others: (N,) indices of the images that they are compared with.
    """
    pairs = zip(targets, others, strict=True)
    return side * np.array([_shift(blocks[target], blocks[other], side) for target, other in pairs])


def _shift(here: np.ndarray, there: np.ndarray, side: int) -> float:
    """Return the median over tiles of the shift that least squares find, in blocks."""
    here, there = np.asarray(here, np.float64), np.asarray(there, np.float64)
    down, right = np.gradient((here + there) / 2)
    size = min(_TILE, *here.shape)
    change = _tiles(here - there, size)
    slopes = np.stack([_tiles(right, size), _tiles(down, size)], axis=2)
    normal = np.einsum('tni,tnj->tij', slopes, slopes)
    # A tile without texture says nothing; this makes its shift zero.
    normal += (1e-6 * np.trace(normal, axis1=1, axis2=2) + 1e-12)[:, None, None] * np.eye(2)
    inverse = np.linalg.inv(normal)
    shift = -np.einsum('tij,tnj,tn->ti', inverse, slopes, change)
    rest = change + np.einsum('tni,ti->tn', slopes, shift)
    variance = (rest**2).sum(1) / max(size * size - 3, 1)
    by_noise = variance * np.trace(inverse, axis1=1, axis2=2)
    squared = (shift**2).sum(1)
    apparent = float(np.median(np.sqrt(squared)))
    if apparent * side >= _SURE_PX:
        return apparent
    return float(np.median(np.sqrt(np.maximum(squared - by_noise, 0))))


def _tiles(values: np.ndarray, size: int) -> np.ndarray:
    """Cut (H', W') into tiles (T, size * size), each without its mean: levels may drift."""
    rows, columns = values.shape[0] // size, values.shape[1] // size
    cut = values[: rows * size, : columns * size].reshape(rows, size, columns, size)
    tiles = cut.swapaxes(1, 2).reshape(rows * columns, size * size)
    return tiles - tiles.mean(axis=1, keepdims=True)
