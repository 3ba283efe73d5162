# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects whether the view moved between two images, without odometry.

Noise, drift and a changing gain alter every pixel of a still camera, and people may walk through
its view. But they do not shift most of the image: each tile gives the shift that best explains its
change, and the shift that noise alone would cause.
"""

import numpy as np

STILL_PX = 1.0  # threshold of the shift beyond noise
# A shift of this size counts even if it explains little of the change, between images with little
# overlap. In measurements, noise alone gave less than half of it.
_SURE_PX = 4.0
_TILE = 5  # blocks along one side
_AT_ONCE = 64  # pairs of images, to limit memory


def measure_shift(
    blocks: np.ndarray, side: int, targets: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return the shift (N,) between images beyond noise, in pixels.

    Args:
        blocks: (M, H', W') float32 means of blocks of all images; may be a memory map.
        side: Pixels along one side of a block.
        targets: (N,) indices of images.
        others: (N,) indices of the images that they are compared with.
    """
    # Pairs often repeat: the next image of one target is the target whose previous image it is.
    either_way = np.sort(np.stack([targets, others], axis=1), axis=1)
    pairs, place = np.unique(either_way, axis=0, return_inverse=True)
    measured = [np.zeros(0)]
    for start in range(0, len(pairs), _AT_ONCE):
        here, there = pairs[start : start + _AT_ONCE].T
        measured.append(_shifts(blocks[here], blocks[there], _SURE_PX / side))
    return side * np.concatenate(measured)[place.reshape(-1)]


def _shifts(here: np.ndarray, there: np.ndarray, sure: float) -> np.ndarray:
    """Return the median over tiles of the least-squares shifts (N,), in blocks."""
    here, there = np.asarray(here, np.float64), np.asarray(there, np.float64)
    down, right = np.gradient((here + there) / 2, axis=(1, 2))
    size = min(_TILE, *here.shape[1:])
    change = _tiles(here - there, size)
    slopes = np.stack([_tiles(right, size), _tiles(down, size)], axis=-2)  # (N, T, 2, pixels)
    normal = slopes @ slopes.swapaxes(-1, -2)
    # Tiles without texture are uninformative; this makes their shift zero.
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
    """Cut (N, H', W') into zero-mean tiles (N, T, size * size), as levels may drift."""
    count, rows, columns = len(values), values.shape[1] // size, values.shape[2] // size
    cut = values[:, : rows * size, : columns * size].reshape(count, rows, size, columns, size)
    tiles = cut.swapaxes(2, 3).reshape(count, rows * columns, size * size)
    return tiles - tiles.mean(axis=-1, keepdims=True)
