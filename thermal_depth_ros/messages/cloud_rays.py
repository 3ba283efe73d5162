# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rays in the order of cloud points, kept as long as the rays they were made from."""

import functools
import weakref

import numpy as np

_kept: dict[tuple[int, int], tuple['weakref.ref[np.ndarray]', np.ndarray]] = {}


def interleaved_rays(rays: np.ndarray, decimation: int) -> np.ndarray:
    """Return (H', W', 3) float32 x/z, y/z, 1 of every n-th row and column.

    A camera has the same rays for every frame, so that the result is kept until `rays` is gone.

    Args:
        rays: (2, H, W) float32; must not change afterwards.
        decimation: Every how many-th row and column.
    """
    key = (id(rays), decimation)
    found = _kept.get(key)
    if found is not None and found[0]() is rays:
        return found[1]
    picked = rays[:, ::decimation, ::decimation]
    made = np.ones((*picked.shape[1:], 3), np.float32)
    made[..., :2] = picked.transpose(1, 2, 0)
    _kept[key] = (weakref.ref(rays, functools.partial(_forget, key)), made)
    return made


def _forget(key: tuple[int, int], gone: 'weakref.ref[np.ndarray]') -> None:
    # Another array may have got the same id in the meantime: forget only what belongs to this one.
    found = _kept.get(key)
    if found is not None and found[0] is gone:
        del _kept[key]
