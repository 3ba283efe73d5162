# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Where rays meet ground that rises and falls: cone stepping and bisection.

A point that is a height g above ground of slope L or less is farther than g / (L v + |fall|) from
it along a ray, where v is the ray's horizontal and fall its downward speed: so far it may go at
once. Near the ground it goes at least _STEP_M, and more far away, which may cut a crest by
curvature * step^2 / 8: millimetres nearby, centimetres at 100 m.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays

_STEP_M = 0.1  # least step at the camera
_STEP_SHARE = 0.004  # of the depth, that the least step grows by
_HALVINGS = 14
_HIGH_M = 1e-3  # above the highest ground
# Ground under points x, y: its height, and a horizontal distance within which it is level.
Ground = Callable[[Array, Array], tuple[Array, Array]]
Lines = tuple[tuple[float, Array], tuple[float, Array], tuple[float, Array]]


def first_crossing(
    ground: Ground, lines: Lines, limit: Array, slope: float, highest_m: float, arrays: Arrays
) -> tuple[Array, Array]:
    """Return which rays meet the ground before a limit, and the depths (k,) at which they do.

    Args:
        ground: The heights.
        lines: Start and direction (n,) per unit of depth of the rays, for x, y and z, m.
        limit: (n,) depths beyond which nothing is looked for.
        slope: Bound on the slope of the ground.
        highest_m: No ground is higher.
        arrays: Array backend that computes.

    Returns:
        Indices (k,) of the rays that meet it, and their depths.
    """
    xp = arrays.xp
    origin, d = [line[0] for line in lines], [line[1] for line in lines]
    across = xp.sqrt(d[0] * d[0] + d[1] * d[1]) + 1e-6
    closing = xp.clip(across * slope - d[2], 1e-3, None)
    length = xp.sqrt(across * across + d[2] * d[2])
    t = _entry(origin[2], d[2], highest_m, xp)
    live = arrays.chosen(t < limit)
    before = t = t[live]
    found, first, last = [], [], []
    while len(live):
        x, y, z = (origin[k] + t * d[k][live] for k in range(3))
        height, level = ground(x, y)
        gap, end = z - height, limit[live]
        met = gap <= 0
        hit = arrays.chosen(met)
        found.append(live[hit])
        first.append(before[hit])
        last.append(t[hit])
        step = xp.maximum(gap / closing[live], level / across[live])
        step = xp.maximum(step, (_STEP_M + _STEP_SHARE * t) / length[live])
        gone = (t >= end) | ((z > highest_m + _HIGH_M) & (d[2][live] >= 0))
        kept = arrays.chosen(~(met | gone))
        before = t[kept]
        t = xp.minimum(before + step[kept], end[kept])
        live = live[kept]
    join = np.concatenate if arrays.torch is None else arrays.torch.cat
    rays = join(found) if found else live
    if not len(rays):
        return rays, limit[rays]
    return rays, _bisected(ground, origin, d, rays, join(first), join(last), arrays)


def _entry(z: float, dz: Array, highest_m: float, xp: Any) -> Array:
    """Depths from which rays may meet ground: where they come below its greatest height."""
    if z <= highest_m:
        return dz * 0.0
    return xp.where(dz < 0, (highest_m - z) / dz, np.inf)


def _bisected(
    ground: Ground,
    origin: list[float],
    d: list[Array],
    rays: Array,
    above: Array,
    below: Array,
    arrays: Arrays,
) -> Array:
    """Depths at which rays meet the ground, between depths above and below it."""
    d = [axis[rays] for axis in d]
    for _ in range(_HALVINGS):
        middle = 0.5 * (above + below)
        x, y, z = (origin[k] + middle * d[k] for k in range(3))
        under = z <= ground(x, y)[0]
        below = arrays.xp.where(under, middle, below)
        above = arrays.xp.where(under, above, middle)
    return below
