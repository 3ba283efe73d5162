# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the modules that test one layout each, and points for those without depth maps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.data_sets import HEIGHT, WIDTH, convert

_ROWS, _COLUMNS = slice(3, HEIGHT - 3, 2), slice(3, WIDTH - 3, 2)


def miniature(write: Callable[[Path], Any]) -> Any:
    """Return a fixture: the folder of a data set that `write` fills once, and what it returns."""

    @pytest.fixture(scope='module')
    def written(tmp_path_factory) -> tuple[Path, Any]:
        root = tmp_path_factory.mktemp('data_set')
        return root, write(root)

    return written


def converted(fixture: str, layout: str, sequence: str, *options: str) -> Any:
    """Return a fixture: a recording of a sequence of the miniature of another fixture."""

    @pytest.fixture(scope='module')
    def recording(request, tmp_path_factory) -> Path:
        output = tmp_path_factory.mktemp('converted')
        convert(layout, request.getfixturevalue(fixture)[0], '-o', output, *options)
        return output / sequence

    return recording


def camera_points(number: int, K: np.ndarray, beside_px: float = 0.0) -> np.ndarray:
    """Return points (N, 3) in the optical frame: one in every other pixel, beside its centre."""
    v, u = np.mgrid[_ROWS, _COLUMNS]
    z = 5.0 + 0.25 * ((u * 3 + v * 5 + number) % 11)
    x = (u + beside_px - K[0, 2]) / K[0, 0] * z
    y = (v + beside_px - K[1, 2]) / K[1, 1] * z
    return np.stack([x, y, z], axis=-1).reshape(-1, 3)


def depth_of_points(points: np.ndarray) -> np.ndarray:
    """Return the depth map (H, W) of such points; 1 m where there is none."""
    depth_m = np.full((HEIGHT, WIDTH), 1.0)
    inner = depth_m[_ROWS, _COLUMNS]
    inner[:] = points[:, 2].reshape(inner.shape)
    return depth_m
