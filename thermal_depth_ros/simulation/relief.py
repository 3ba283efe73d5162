# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The height of the ground: the road lies at z = 0, everything beyond its edge a kerb higher.

Where a plan has embankments, slopes begin beyond the strip beside the road.
"""

from typing import Any

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.embankments import Embankments
from thermal_depth_ros.simulation.height_field import first_crossing
from thermal_depth_ros.simulation.layouts import Layout

_HALVINGS = 12  # a kerb's face is found to a few millimetres
KERBS_M = 120.0  # kerbs farther away are too low to be seen
KERB_TOP_M = 0.18  # width of the kerb stones
SLOPES_M = 170.0  # slopes farther away are not looked for
_STRETCH = 1.5  # how much faster than the distance to a bent road `edge` grows, at most
_PAST_M = 0.01  # behind the beginning of the slopes
_APART_M = 0.05  # of the points between which slopes are measured


def ground_depth(
    layout: Layout | None, x: Array, y: Array, T_world_camera: np.ndarray, arrays: Arrays
) -> Array:
    """Return the depth (H, W) of the ground along rays; not positive where they miss it.

    Args:
        layout: Plan with `edge`, `kerb_m` and `embankments`; None for a plane.
        x: x/z of the rays, see casting.Rays.
        y: y/z of the rays.
        T_world_camera: (4, 4) of the camera.
        arrays: Array backend that computes.
    """
    depth = _level_depth(layout, x, y, T_world_camera, arrays)
    if layout is None or layout.embankments is None:
        return depth
    return _sloped_depth(layout, layout.embankments, depth, (x, y), T_world_camera, arrays)


def _level_depth(
    layout: Layout | None, x: Array, y: Array, T_world_camera: np.ndarray, arrays: Arrays
) -> Array:
    """Depth of ground without slopes.

    A ray that meets the raised level beyond the road's edge ends there; one that meets it above
    the road goes on down to the road, or to the face of the kerb in between.
    """
    down = T_world_camera[2, :3]
    slope = float(down[0]) * x + (float(down[1]) * y + float(down[2]))
    camera_z = float(T_world_camera[2, 3])
    depth = -camera_z / slope
    if layout is None or layout.kerb_m <= 0.0 or camera_z <= layout.kerb_m:
        return depth
    flat = depth.reshape(-1)
    near = arrays.chosen((flat > 0) & (flat < KERBS_M))
    d = [
        (float(m[0]) * x + (float(m[1]) * y + float(m[2]))).reshape(-1)[near]
        for m in T_world_camera[:2, :3]
    ]
    low = flat[near]
    high = low * ((camera_z - layout.kerb_m) / camera_z)

    def edge(t: Array, which: Array | None = None) -> Array:
        dx, dy = d if which is None else (d[0][which], d[1][which])
        ground_x = t * dx + float(T_world_camera[0, 3])
        return layout.edge(ground_x, t * dy + float(T_world_camera[1, 3]), arrays.xp)

    raised = edge(high) > 0
    found = arrays.xp.where(raised, high, low)
    face = arrays.chosen(~raised & (edge(low) > 0))
    before, behind = high[face], low[face]
    for _ in range(_HALVINGS):
        middle = 0.5 * (before + behind)
        beyond = edge(middle, face) > 0
        behind = arrays.xp.where(beyond, middle, behind)
        before = arrays.xp.where(beyond, before, middle)
    found[face] = behind
    flat[near] = found
    return flat.reshape(depth.shape)


def _sloped_depth(
    layout: Layout,
    slopes: Embankments,
    level: Array,
    rays: tuple[Array, Array],
    T_world_camera: np.ndarray,
    arrays: Arrays,
) -> Array:
    """Depth of ground with slopes, from what it would be without."""
    xp, flat = arrays.xp, level.reshape(-1)
    origin = T_world_camera[:3, 3].tolist()
    d = [
        (m0 * rays[0] + (m1 * rays[1] + m2)).reshape(-1)
        for m0, m1, m2 in T_world_camera[:3, :3].tolist()
    ]

    def edge(t: Array) -> Array:
        return layout.edge(origin[0] + t * d[0], origin[1] + t * d[1], xp)

    def ground(x: Array, y: Array) -> tuple[Array, Array]:
        away = layout.edge(x, y, xp)
        height = slopes.height(away, x, y, xp) + arrays.to_float(away > 0) * layout.kerb_m
        return height, (slopes.start_m - away) * (1 / _STRETCH) + _PAST_M

    # Where a ray ends on the level strip, nothing behind that is looked for.
    ends = (flat > 0) & (flat < SLOPES_M) & (edge(flat) <= slopes.start_m)
    limit = xp.where(ends, flat, SLOPES_M)
    lines = (origin[0], d[0]), (origin[1], d[1]), (origin[2], d[2])
    steepest, highest = _STRETCH * slopes.steepest, layout.kerb_m + slopes.highest_m
    met, depth = first_crossing(ground, lines, limit, steepest, highest, arrays)
    # Beyond the slopes that are looked for, the ground is as low as they go.
    lowest = slopes.lowest_m + layout.kerb_m
    far = flat * ((origin[2] - lowest) / origin[2])
    far = xp.where(flat > 0, xp.maximum(far, flat * 0.0 + SLOPES_M), flat)
    found = xp.where(ends, flat, far)
    found[met] = depth
    return found.reshape(level.shape)


def bank_height(layout: Layout, x: Array, y: Array, xp: Any) -> Array:
    """Return how much the slopes raise the ground (n,), m; zero on a plan without."""
    if layout.embankments is None:
        return 0.0 * x
    return layout.embankments.height(layout.edge(x, y, xp), x, y, xp)


def bank_slope(layout: Layout, x: Array, y: Array, xp: Any) -> tuple[Array, Array]:
    """Return the slopes of the ground along x and y, without kerbs."""
    ahead, left = (
        bank_height(layout, x + dx, y + dy, xp) - bank_height(layout, x - dx, y - dy, xp)
        for dx, dy in ((_APART_M, 0.0), (0.0, _APART_M))
    )
    return ahead * (0.5 / _APART_M), left * (0.5 / _APART_M)


def height_at(layout: Layout, x: float, y: float) -> float:
    """Return the height of the strip beside the road at a place, or of the road, m."""
    return layout.kerb_m if float(layout.edge(np.float64(x), np.float64(y), np)) > 0 else 0.0
