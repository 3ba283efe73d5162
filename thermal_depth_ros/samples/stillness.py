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
_AT_ONCE = 64  # pairs of images; more would only take more memory


def measure_shift(
    blocks: np.ndarray, side: int, targets: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return by how many pixels images (N,) are shifted against others, noise taken away.

    Args:
        blocks: (M, H', W') float32 means of blocks of all images; may be a memory map.
        side: Pixels along one side of a block.
        targets: (N,) indices of images.
        others: (N,) indices of the images that they are compared with.
    """
    # The neighbour behind one target is often the target that has it for a neighbour before it.
    either_way = np.sort(np.stack([targets, others], axis=1), axis=1)
    pairs, place = np.unique(either_way, axis=0, return_inverse=True)
    measured = [np.zeros(0)]
    for start in range(0, len(pairs), _AT_ONCE):
        here, there = pairs[start : start + _AT_ONCE].T
        measured.append(_shifts(blocks[here], blocks[there], _SURE_PX / side))
    return side * np.concatenate(measured)[place.reshape(-1)]


def _shifts(here: np.ndarray, there: np.ndarray, sure: float) -> np.ndarray:
    """Return the medians over tiles of the shifts (N,) that least squares find, in blocks."""
    here, there = np.asarray(here, np.float64), np.asarray(there, np.float64)
    down, right = np.gradient((here + there) / 2, axis=(1, 2))
    size = min(_TILE, *here.shape[1:])
    change = _tiles(here - there, size)
    slopes = np.stack([_tiles(right, size), _tiles(down, size)], axis=-2)  # (N, T, 2, pixels)
    normal = slopes @ slopes.swapaxes(-1, -2)
    # A tile without texture says nothing; this makes its shift zero.
    texture = np.trace(normal, axis1=-2, axis2=-1)
    normal += (1e-6 * texture + 1e-12)[..., None, None] * np.eye(2)
    inverse = np.linalg.inv(normal)
    shift = -(inverse @ slopes @ change[..., None])
    rest = change + (slopes * shift).sum(axis=-2)
    variance = (rest**2).sum(axis=-1) / max(size * size - 3, 1)
    by_noise = variance * np.trace(inverse, axis1=-2, axis2=-1)
    squared = (shift[..., 0] ** 2).sum(axis=-1)
    apparent = np.median(np.sqrt(squared), axis=1)
    beyond_noise = np.median(np.sqrt(np.maximum(squared - by_noise, 0)), axis=1)
    return np.where(apparent >= sure, apparent, beyond_noise)


def _tiles(values: np.ndarray, size: int) -> np.ndarray:
    """Cut (N, H', W') into tiles (N, T, size * size), each without its mean: levels may drift."""
    count, rows, columns = len(values), values.shape[1] // size, values.shape[2] // size
    cut = values[:, : rows * size, : columns * size].reshape(count, rows, size, columns, size)
    tiles = cut.swapaxes(2, 3).reshape(count, rows * columns, size * size)
    return tiles - tiles.mean(axis=-1, keepdims=True)
