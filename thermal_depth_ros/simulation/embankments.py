# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Slopes of grass beside the road: ground that rises to a terrace or falls, to changing heights.

With e the distance to the road's edge and a = e - start - width of the ditch, the ground lies

    A(x, y) s(a / run) + rise clip(a, 0, 40 m) - ditch d((e - start) / width)
    s(t) = t^2 (3 - 2 t),   d(t) = 16 t^2 (1 - t)^2,   t from 0 to 1

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
_GRASSY = 0.35  # share of plans without sidewalks
_DITCHES = 0.25  # share of plans with ditches
_STEEPEST_DITCH = 3.08  # slope of d where it is greatest, 16 / (3 sqrt(3))


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
    ditch_m: float  # depth of the ditch where slopes begin, 0 for none
    ditch_width_m: float
    grassy: bool  # the strip beside the road is grass, not a sidewalk
    open_share: float  # of what would stand beside the road is missing, so that slopes are seen

    def height(self, edge: Array, x: Array, y: Array, xp: Any) -> Array:
        """Return how much higher the ground is than the strip beside the road, m.

        Args:
            edge: Distance to the road's edge, m.
            x: World x, m.
            y: World y, m.
            xp: Array library.
        """
        away = edge - (self.start_m + self.ditch_width_m)
        wave = 0.5
        for share, (kx, ky), phase in zip(_SHARES, self.waves.tolist(), self.phases, strict=True):
            wave = wave + xp.sin(x * kx + (y * ky + float(phase))) * (_CONTRAST * share)
        step, where = xp.clip(away / self.run_m, 0.0, 1.0), xp.clip(wave, 0.0, 1.0)
        top = _smooth(where) * (self.high_m - self.low_m) + self.low_m
        height = _smooth(step) * top + xp.clip(away, 0.0, _RISE_M) * self.rise
        if self.ditch_m == 0.0:
            return height
        t = xp.clip((edge - self.start_m) / self.ditch_width_m, 0.0, 1.0)
        return height - (t * (1.0 - t)) ** 2 * (16.0 * self.ditch_m)

    @property
    def highest_m(self) -> float:
        """Return a height that none of the ground exceeds."""
        return max(self.high_m, 0.0) + _RISE_M * self.rise

    @property
    def lowest_m(self) -> float:
        """Return a height below which no ground lies."""
        return min(self.low_m, -self.ditch_m)

    @property
    def steepest(self) -> float:
        """Return a bound on the slope, where the distance to the edge is exact."""
        return _ACROSS + _ALONG + self.rise


def _smooth(t: Array) -> Array:
    return t * t * (3.0 - 2.0 * t)


def draw_embankments(strip_m: float, rng: np.random.Generator) -> Embankments:
    """Draw the slopes of a plan.

    Args:
        strip_m: Width of the sidewalk and what else is beside the road; it stays level, unless it
            is drawn as grass.
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
    grassy = bool(rng.random() < _GRASSY)
    near, far = rng.uniform(0.4, max(strip_m, 1.0)), strip_m + rng.uniform(0.0, 1.5)
    ditch = float(rng.uniform(0.2, 0.7)) * (rng.random() < _DITCHES)
    width = max(float(rng.uniform(2.0, 4.0)), _STEEPEST_DITCH * ditch / _ACROSS)
    return Embankments(
        start_m=float(near if grassy else far),
        run_m=run,
        low_m=low,
        high_m=high,
        rise=float(rng.choice([0.0, rng.uniform(0.0, 0.05)])),
        waves=waves,
        phases=rng.uniform(0.0, 2.0 * np.pi, 3),
        ditch_m=ditch,
        ditch_width_m=width if ditch > 0 else 0.0,
        grassy=grassy,
        open_share=float(rng.uniform(0.0, 1.0)),
    )
