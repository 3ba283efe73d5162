# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The height of the ground: the road lies at z = 0, everything beyond its edge a kerb higher."""

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.layouts import Layout

_HALVINGS = 12  # a kerb's face is found to a few millimetres
KERBS_M = 120.0  # kerbs farther away are too low to be seen
KERB_TOP_M = 0.18  # width of the kerb stones


def ground_depth(
    layout: Layout | None, x: Array, y: Array, T_world_camera: np.ndarray, arrays: Arrays
) -> Array:
    """Return the depth (H, W) of the ground along rays; not positive where they miss it.

    A ray that meets the raised level beyond the road's edge ends there; one that meets it above
    the road goes on down to the road, or to the face of the kerb in between.

    Args:
        layout: Plan with `edge` and `kerb_m`; None for a plane.
        x: x/z of the rays, see casting.Rays.
        y: y/z of the rays.
        T_world_camera: (4, 4) of the camera.
        arrays: Array backend that computes.
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


def height_at(layout: Layout, x: float, y: float) -> float:
    """Return the height of the ground at a place, m."""
    return layout.kerb_m if float(layout.edge(np.float64(x), np.float64(y), np)) > 0 else 0.0
