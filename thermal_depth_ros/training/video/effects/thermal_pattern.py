# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Patterns of microbolometers that move with the camera: the same in all images of a sample."""

import numpy as np
import torch

from thermal_depth_ros.training.video.effects.draws import normal, positions
from thermal_depth_ros.training.video.effects.lens import corner_map


def fixed_pattern(
    height: int, width: int, deviation: float, generator: torch.Generator
) -> torch.Tensor:
    """Return an offset (H, W) of pixels, rows and columns, each of this standard deviation."""
    like = torch.empty(0)
    parts = ((height, width), (height, 1), (1, width))
    pixels, rows, columns = (normal(shape, like, generator) for shape in parts)
    return deviation * (pixels + rows + columns)


def correction_residue(
    height: int, width: int, largest: float, generator: torch.Generator
) -> torch.Tensor:
    """Return a smooth offset (H, W) of at most `largest`: a random surface of second order.

    Between two non-uniformity corrections (NUC), the warming housing and lens leave such a residue.
    """
    y, x = positions(height, width, torch.device('cpu'))
    a, b, c, d, e = normal((5,), y, generator)
    surface = a * x + b * y + c * x * y + d * (x.square() - 0.5) + e * (y.square() - 0.5)
    peak = float(surface.abs().max())
    return surface * (largest / peak) if peak > 0 else torch.zeros(height, width)


def housing(height: int, width: int, offset: float) -> torch.Tensor:
    """Return an offset (H, W) from 0 in the centre to `offset` in the corners."""
    return offset * corner_map(height, width, torch.device('cpu'))


def dead(
    height: int, width: int, pixel_fraction: float, rows: int, rng: np.random.Generator
) -> torch.Tensor:
    """Return (H, W): -1 where pixels are stuck at the dark end, 1 at the bright end, else 0."""
    stuck = np.zeros((height, width), np.float32)
    count = int(round(pixel_fraction * stuck.size))
    chosen = rng.choice(stuck.size, count, replace=False)
    stuck.ravel()[chosen] = rng.choice([-1.0, 1.0], count)
    lines = rng.choice(height, min(rows, height), replace=False)
    stuck[lines] = rng.choice([-1.0, 1.0], len(lines))[:, None]
    return torch.from_numpy(stuck)
