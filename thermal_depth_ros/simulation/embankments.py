# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Slopes of grass beside the road: ground that rises to a terrace or falls, to changing heights.

With e the distance to the road's edge, the ground lies

    A(x, y) s((e - start) / run) + rise clip(e - start, 0, 40 m),   s(t) = t^2 (3 - 2 t)

higher than the strip beside the road, where A goes from `low_m` to `high_m` and back over some tens
of metres, so that slopes come and go and the two sides of a road differ.
"""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.simulation.arrays import Array

_ACROSS = 0.62  # greatest slope of the run, 32 degrees
_ALONG = 0.3  # greatest slope of A, all its waves at their steepest
_STEEPEST_STEP = 1.5  # slope of s in its middle
_CONTRAST = 0.8  # of the waves; more than 0.5 makes A stay at its ends for a while
_SHARES = (0.5, 0.3, 0.2)  # of the waves
_RISE_M = 40.0  # length of the gentle rise


@dataclasses.dataclass(frozen=True, eq=False)
class Embankments:
    """Heights beside the roads of one plan."""

    start_m: float  # distance to the road's edge where slopes begin
    run_m: float  # their width
    low_m: float  # lowest height of the terrace beyond, negative where the ground falls
    high_m: float
    rise: float  # slope of the ground beyond
    waves: np.ndarray  # (3, 2) wave vectors of A, rad/m
    phases: np.ndarray  # (3,)
    open_share: float  # of what would stand beside the road is missing, so that slopes are seen

    def height(self, edge: Array, x: Array, y: Array, xp: Any) -> Array:
        """Return how much higher the ground is than the strip beside the road, m.

        Args:
            edge: Distance to the road's edge, m.
            x: World x, m.
            y: World y, m.
            xp: Array library.
        """
        away = edge - self.start_m
        wave = 0.5
        for share, (kx, ky), phase in zip(_SHARES, self.waves.tolist(), self.phases, strict=True):
            wave = wave + xp.sin(x * kx + (y * ky + float(phase))) * (_CONTRAST * share)
        step, where = xp.clip(away / self.run_m, 0.0, 1.0), xp.clip(wave, 0.0, 1.0)
        top = _smooth(where) * (self.high_m - self.low_m) + self.low_m
        return _smooth(step) * top + xp.clip(away, 0.0, _RISE_M) * self.rise

    @property
    def highest_m(self) -> float:
        """Return a height that none of the ground exceeds."""
        return max(self.high_m, 0.0) + _RISE_M * self.rise

    @property
    def lowest_m(self) -> float:
        """Return a height below which no ground lies."""
        return min(self.low_m, 0.0)

    @property
    def steepest(self) -> float:
        """Return a bound on the slope, where the distance to the edge is exact."""
        return _ACROSS + _ALONG + self.rise


def _smooth(t: Array) -> Array:
    return t * t * (3.0 - 2.0 * t)


def draw_embankments(start_m: float, rng: np.random.Generator) -> Embankments:
    """Draw the slopes of a plan.

    Args:
        start_m: Width of the strip beside the road, which stays level.
        rng: Draws them.
    """
    high = float(rng.uniform(0.8, 4.0))
    falls, depth, share = rng.random() < 0.4, rng.uniform(0.4, 1.8), rng.uniform(0.0, 0.4)
    low = -float(depth) if falls else float(share) * high
    run = float(rng.uniform(2.0, 12.0))
    run = max(run, _STEEPEST_STEP * max(high, -low) / _ACROSS)
    size = 2.0 * np.pi / rng.uniform(45.0, 140.0, 3)
    direction = rng.uniform(0.0, 2.0 * np.pi, 3)
    slope = _STEEPEST_STEP * _CONTRAST * (high - low) * float(np.dot(_SHARES, size))
    size = size * min(1.0, _ALONG / slope)
    waves = size[:, None] * np.stack([np.cos(direction), np.sin(direction)], axis=1)
    start = start_m + float(rng.uniform(0.0, 1.5))
    rise = float(rng.choice([0.0, rng.uniform(0.0, 0.05)]))
    phases, open_share = rng.uniform(0.0, 2.0 * np.pi, 3), float(rng.uniform(0.0, 1.0))
    return Embankments(start, run, low, high, rise, waves, phases, open_share)
