# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Surface points found by the ray caster: position, normal, texture coordinates."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.casting import GROUND, CanonicalRays, Rays, Visible
from thermal_depth_ros.simulation.ground import CLASSES, LightMap, ground_classes
from thermal_depth_ros.simulation.intersections import BOX, CYLINDER
from thermal_depth_ros.simulation.layouts import Layout
from thermal_depth_ros.simulation.parts import PartTable
from thermal_depth_ros.simulation.relief import KERBS_M, bank_height, bank_slope

_LEVEL_M = 0.01  # rounding of the height of the ground
_CAP = 0.9999  # |z| of a cylinder's ends, but for rounding
_FOOT_M = 1.2  # up to this height things are darker, as the ground takes light from them
Triple = tuple[Array, Array, Array]


@dataclasses.dataclass(frozen=True, eq=False)
class Points:
    """Points that pixels see, one entry each."""

    pixel: Array  # place in the image
    row: Array  # row of World.rows()
    depth: Array
    place: Triple  # world, m
    normal: Triple  # world, unit length
    across: Array  # texture coordinates, m
    up: Array
    footprint: Array  # size of a pixel on the surface, m
    facing: Array  # cosine at which the surface is seen
    forward: Array  # -1 at the back of a part to 1 at its front
    sun: Array  # how much of the sun reaches it, 0 to 1
    sky: Array  # how much of the sky
    paint: Array  # how much of it is white road marking
    yellow: Array  # how much of it is yellow road marking


def _rays_at(rays: Rays, pixel: Array) -> tuple[Array, Array]:
    if rays.x.shape[0] > 1:
        return rays.x.reshape(-1)[pixel], rays.y.reshape(-1)[pixel]
    return rays.x.reshape(-1)[pixel % rays.width], rays.y.reshape(-1)[pixel // rays.width]


def _directions(x: Array, y: Array, R: np.ndarray) -> Triple:
    dx, dy, dz = (m0 * x + (m1 * y + m2) for m0, m1, m2 in R.tolist())
    return dx, dy, dz


def _footprint(
    depth: Array, d: Triple, normal: Triple, pixel: float, arrays: Arrays
) -> tuple[Array, Array]:
    """Size of a pixel on the surface, and the cosine at which the surface is seen.

    The size is the mean of its two sizes where the surface is seen at a slant.
    """
    xp = arrays.xp
    length = xp.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    facing = abs(d[0] * normal[0] + d[1] * normal[1] + d[2] * normal[2]) / length
    return depth * length * pixel / xp.sqrt(xp.clip(facing, 0.02, 1.0)), facing


def ground_points(
    seen: Visible,
    rays: Rays,
    T_world_camera: np.ndarray,
    layout: Layout,
    light: LightMap,
    arrays: Arrays,
) -> Points:
    """Return the points of the ground that are seen."""
    pixel = arrays.chosen(seen.part == GROUND)
    depth = seen.depth.reshape(-1)[pixel]
    d = _directions(*_rays_at(rays, pixel), T_world_camera[:3, :3])
    x, y, z = (depth * d[axis] + float(T_world_camera[axis, 3]) for axis in range(3))
    zero = depth * 0.0
    # The face of a kerb looks at the camera, all other ground looks up.
    between = (z > _LEVEL_M) & (z < layout.kerb_m - _LEVEL_M) & (depth < KERBS_M)
    if layout.embankments is not None:
        between = between & (layout.edge(x, y, arrays.xp) < layout.embankments.start_m)
    face = arrays.to_float(between)
    flat = arrays.xp.sqrt(d[0] * d[0] + d[1] * d[1]) + 1e-9
    normal: Triple = (-face * d[0] / flat, -face * d[1] / flat, 1.0 - face)
    if layout.embankments is not None:
        normal = _sloped(normal, layout, x, y, arrays.xp)
    footprint, facing = _footprint(depth, d, normal, rays.pixel, arrays)
    sun, sky = light.look(x, y, arrays)
    row = ground_classes(layout, x, y, face, arrays)
    on_road = arrays.to_float(row == 0)
    white, yellow = layout.paint(x, y, footprint, arrays.xp)
    return Points(
        pixel=pixel,
        row=row,
        depth=depth,
        place=(x, y, z),
        normal=normal,
        across=x,
        up=y,
        footprint=footprint,
        facing=facing,
        forward=zero,
        sun=sun,
        sky=sky,
        paint=on_road * white,
        yellow=on_road * yellow,
    )


def _sloped(normal: Triple, layout: Layout, x: Array, y: Array, xp: Any) -> Triple:
    """Lean the normals of level ground as its slopes do."""
    ahead, left = bank_slope(layout, x, y, xp)
    length = xp.sqrt(1.0 + ahead * ahead + left * left)
    up = normal[2] / length
    return normal[0] - ahead * up, normal[1] - left * up, up


def part_columns(parts: PartTable, canonical: CanonicalRays) -> np.ndarray:
    """Return what `part_points` needs of every part, (n, 26)."""
    flags = np.stack([parts.shape == BOX, parts.shape == CYLINDER], axis=1)
    return np.concatenate(
        [
            canonical.matrix.reshape(-1, 9),
            canonical.origin,
            parts.rotation.reshape(-1, 9),
            parts.half,
            flags,
        ],
        axis=1,
    ).astype(np.float32)


def part_points(
    seen: Visible,
    rays: Rays,
    T_world_camera: np.ndarray,
    layout: Layout,
    columns: np.ndarray,
    arrays: Arrays,
) -> Points:
    """Return the points of standing and moving things that are seen."""
    pixel = arrays.chosen(seen.part >= 0)
    part = seen.part.reshape(-1)[pixel]
    c = arrays.floats(np.ascontiguousarray(columns.T))
    depth = seen.depth.reshape(-1)[pixel]
    x, y = _rays_at(rays, pixel)
    q = [
        (c[k].take(part) * x + c[k + 1].take(part) * y + c[k + 2].take(part)) * depth
        + c[9 + k // 3].take(part)
        for k in (0, 3, 6)
    ]
    half = [c[21 + k].take(part) for k in range(3)]
    face, own = _faces(q, half, c[24].take(part) > 0, c[25].take(part) > 0, arrays)
    d = _directions(x, y, T_world_camera[:3, :3])
    place = tuple(depth * d[axis] + float(T_world_camera[axis, 3]) for axis in range(3))
    normal = tuple(
        sum(c[12 + 3 * axis + k].take(part) * own[k] for k in range(3)) for axis in range(3)
    )
    xp = arrays.xp
    local = [q[k] * half[k] for k in range(3)]
    zero, foot = depth * 0.0, place[2]
    if layout.embankments is not None:
        foot = foot - bank_height(layout, place[0], place[1], xp)
    footprint, facing = _footprint(depth, d, normal, rays.pixel, arrays)
    return Points(
        pixel=pixel,
        row=part + CLASSES,
        depth=depth,
        place=place,
        normal=normal,
        across=xp.where(face[0], local[1], local[0]),
        up=xp.where(face[2], local[1], local[2]),
        footprint=footprint,
        facing=facing,
        forward=q[0],
        sun=zero + 1.0,
        sky=0.62 + 0.38 * xp.clip(foot * (1 / _FOOT_M), 0.0, 1.0),
        paint=zero,
        yellow=zero,
    )


def _faces(
    q: list[Array], half: list[Array], box: Array, cylinder: Array, arrays: Arrays
) -> tuple[list[Array], list[Array]]:
    """Return which of the three faces a point belongs to, and its normal in the part's axes."""
    xp, to_float = arrays.xp, arrays.to_float
    size = [abs(value) for value in q]
    mantle = cylinder & (size[2] < _CAP)
    upright = xp.where(mantle, -1.0, size[2])
    first = (size[0] >= size[1]) & (size[0] >= upright)
    second = ~first & (size[1] >= upright)
    face = [first, second, ~(first | second)]
    flat = box | (cylinder & ~mantle)
    own = [xp.where(flat, to_float(face[k]) * xp.sign(q[k]), q[k] / half[k]) for k in range(3)]
    own[2] = xp.where(mantle, 0.0, own[2])
    length = xp.sqrt(own[0] * own[0] + own[1] * own[1] + own[2] * own[2]) + 1e-9
    return face, [value / length for value in own]
