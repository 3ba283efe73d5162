# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ray caster: the object and the depth along the optical axis at every pixel of a camera."""

import dataclasses
import itertools

import numpy as np

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import pixel_rays
from thermal_depth_ros.simulation import sieves
from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.intersections import BALL, ENTER
from thermal_depth_ros.simulation.layouts import Layout
from thermal_depth_ros.simulation.parts import PartTable, rows
from thermal_depth_ros.simulation.relief import ground_depth

SKY, GROUND = -2, -1
VIEW_M = 170.0  # objects farther away are not drawn
_HORIZON_M = 2000.0  # the ground ends here
NEAR_M = 0.05
_SMALL_PX = 300  # area of windows that are drawn together
_SHORTEST_PX = 0.3  # half of the length from which a part is drawn
_THINNEST_PX = 0.12  # half of the width from which a part is drawn; fewer pixels would hit it
_SIGNS = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
_EDGES = np.array(
    [(a, b) for a in range(8) for b in range(a) if np.abs(_SIGNS[a] - _SIGNS[b]).sum() == 2]
)


@dataclasses.dataclass(frozen=True, eq=False)
class Rays:
    """x/z and y/z of every pixel; rows and columns alone where the lens is straight."""

    x: Array  # (1, W) or (H, W)
    y: Array  # (H, 1) or (H, W)
    host_x: np.ndarray  # the same in main memory
    host_y: np.ndarray
    height: int
    width: int
    pixel: float  # angle between two pixels in the middle of the image, rad


def camera_rays(camera: PinholeCamera, arrays: Arrays) -> Rays:
    """Return the rays of a camera."""
    x, y = pixel_rays(camera)
    if not any(camera.distortion):
        x, y = x[:1], y[:, :1]
    return Rays(
        arrays.floats(x), arrays.floats(y), x, y, camera.height, camera.width, 1.0 / camera.fx
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Visible:
    """The nearest body of every pixel."""

    depth: Array  # (H, W) m along the optical axis, Inf for the sky
    part: Array  # (H, W) row of the part table, GROUND or SKY


@dataclasses.dataclass(frozen=True, eq=False)
class CanonicalRays:
    """Rays in the canonical frame of every part: o + t (M (x, y, 1))."""

    origin: np.ndarray  # (n, 3)
    matrix: np.ndarray  # (n, 3, 3)


def canonical_rays(parts: PartTable, T_world_camera: np.ndarray) -> CanonicalRays:
    """Bring the rays of a camera into the frames of all parts."""
    into = parts.rotation.transpose(0, 2, 1) / parts.half[:, :, None]
    offset = T_world_camera[:3, 3] - parts.centre
    return CanonicalRays(
        origin=np.einsum('nij,nj->ni', into, offset), matrix=into @ T_world_camera[:3, :3]
    )


def cast(
    parts: PartTable,
    rays: Rays,
    T_world_camera: np.ndarray,
    arrays: Arrays,
    layout: Layout | None = None,
) -> Visible:
    """Find the nearest object at every pixel.

    Args:
        parts: All objects on the ground.
        rays: Rays of the camera.
        T_world_camera: (4, 4) maps points of the optical frame into the world.
        arrays: Array backend that computes.
        layout: Plan whose sidewalks are raised; without one the ground is the plane z = 0.
    """
    with arrays.quiet():
        depth = ground_depth(layout, rays.x, rays.y, T_world_camera, arrays)
        hit = (depth > 0) & (depth < _HORIZON_M)
        depth = arrays.xp.where(hit, depth, np.inf)
        seen = Visible(depth, arrays.xp.where(hit, GROUND, SKY))
        canonical = canonical_rays(parts, T_world_camera)
        small = []
        for row, window, near in _order(parts, rays, T_world_camera):
            left, right, top, bottom = window
            area = (right - left) * (bottom - top)
            if area <= _SMALL_PX and parts.sieve[row] < 0 and arrays.torch is None:
                small.append((row, *window))
            else:
                _draw(seen, parts, row, window, near, canonical, rays, arrays)
        if small:
            _draw_small(seen, parts, np.array(small), canonical, rays, arrays)
    return seen


def _order(
    parts: PartTable, rays: Rays, T_world_camera: np.ndarray
) -> list[tuple[int, tuple[int, int, int, int], float]]:
    """Rows that may be seen, nearest first, with their windows and least depths."""
    T_camera_world = rigid.invert(T_world_camera)
    candidates = _in_view(parts, rays, T_camera_world)
    points = corners(rows(parts, candidates), T_camera_world)
    near = points[..., 2].min(axis=1)
    windows_px = pixel_windows(projected_bounds(points), rays.host_x, rays.host_y)
    inside = (windows_px[:, 1] > windows_px[:, 0]) & (windows_px[:, 3] > windows_px[:, 2])
    kept = np.flatnonzero(inside)
    order = kept[np.argsort(near[kept], kind='stable')]
    return [
        (int(row), (left, right, top, bottom), depth)
        for row, (left, right, top, bottom), depth in zip(
            candidates[order], windows_px[order].tolist(), near[order].tolist(), strict=True
        )
    ]


def _in_view(parts: PartTable, rays: Rays, T_camera_world: np.ndarray) -> np.ndarray:
    """Rows whose bounding sphere reaches into the view and that are not too small to be seen."""
    x, y, z = (parts.centre @ T_camera_world[:3, :3].T + T_camera_world[:3, 3]).T
    _, middle, longest = np.sort(parts.half, axis=1).T
    radius = np.where(parts.shape == BALL, longest, np.sqrt((parts.half**2).sum(axis=1)))
    seen = (z + radius > NEAR_M) & (z - radius < VIEW_M) & (z < parts.detail_m)
    seen &= (longest > _SHORTEST_PX * rays.pixel * z) & (middle > _THINNEST_PX * rays.pixel * z)
    for place, limits in ((x, rays.host_x), (y, rays.host_y)):
        for sign, limit in ((1.0, float(limits.max())), (-1.0, -float(limits.min()))):
            # Distance to the side plane of the view, outward.
            seen &= sign * place - limit * z < radius * np.sqrt(1.0 + limit * limit)
    return np.flatnonzero(seen)


def _draw(
    seen: Visible,
    parts: PartTable,
    row: int,
    window: tuple[int, int, int, int],
    near: float,
    canonical: CanonicalRays,
    rays: Rays,
    arrays: Arrays,
) -> None:
    left, right, top, bottom = window
    depth = seen.depth[top:bottom, left:right]
    # Asking a GPU would take longer than drawing.
    if arrays.torch is None and depth.max() <= near:
        return
    x = rays.x[top:bottom, left:right] if rays.x.shape[0] > 1 else rays.x[:, left:right]
    y = rays.y[top:bottom, left:right] if rays.y.shape[1] > 1 else rays.y[top:bottom]
    o = canonical.origin[row].tolist()
    d = [m0 * x + (m1 * y + m2) for m0, m1, m2 in canonical.matrix[row].tolist()]
    t = ENTER[int(parts.shape[row])](o, d, arrays)
    nearer = t < depth
    if parts.sieve[row] >= 0:
        half, hit = parts.half[row].tolist(), t[nearer]
        place = tuple((o[k] + hit * d[k][nearer]) * half[k] for k in range(3))
        pixel_m, phase = max(near, NEAR_M) * rays.pixel, float(parts.phase[row, 0])
        entered = arrays.chosen(nearer)
        solid = sieves.solid(int(parts.sieve[row]), place, pixel_m, phase, arrays)
        nearer.reshape(-1)[entered] = solid
    depth[nearer] = t[nearer]
    seen.part[top:bottom, left:right][nearer] = row


def _draw_small(
    seen: Visible,
    parts: PartTable,
    windows: np.ndarray,
    canonical: CanonicalRays,
    rays: Rays,
    arrays: Arrays,
) -> None:
    """Draw many solid parts with small windows at once, in main memory.

    Args:
        seen: Image so far, changed in place.
        parts: All parts.
        windows: (n, 5) row of the part, and left, right, top and bottom of its window.
        canonical: Rays in the frames of all parts.
        rays: Rays of the camera.
        arrays: numpy.
    """
    found = []
    for shape, enter in ENTER.items():
        row, left, right, top, bottom = windows[parts.shape[windows[:, 0]] == shape].T
        wide, count = right - left, (right - left) * (bottom - top)
        which = np.repeat(np.arange(len(row)), count)
        place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        v, u = top[which] + place // wide[which], left[which] + place % wide[which]
        x = rays.x[v if rays.x.shape[0] > 1 else 0, u]
        y = rays.y[v, u if rays.y.shape[1] > 1 else 0]
        o = canonical.origin[row].astype(np.float32)[which].T
        m = canonical.matrix[row].astype(np.float32)[which].transpose(1, 2, 0)
        d = [m0 * x + (m1 * y + m2) for m0, m1, m2 in m]
        found.append((enter(o, d, arrays), v * rays.width + u, row[which]))
    t, pixel, row = (np.concatenate(column) for column in zip(*found, strict=True))
    depth, part = seen.depth.reshape(-1), seen.part.reshape(-1)
    nearer = np.flatnonzero(t < depth[pixel])
    # Of one pixel, the nearest is written last.
    last = nearer[np.argsort(-t[nearer], kind='stable')]
    depth[pixel[last]] = t[last]
    part[pixel[last]] = row[last]


def corners(parts: PartTable, T_camera_world: np.ndarray) -> np.ndarray:
    """Corners (n, 8, 3) of the box around every part, in the camera's frame."""
    R, t = T_camera_world[:3, :3], T_camera_world[:3, 3]
    axes = (R @ parts.rotation) * parts.half[:, None, :]
    return _SIGNS @ axes.transpose(0, 2, 1) + (parts.centre @ R.T + t)[:, None, :]


def projected_bounds(points: np.ndarray) -> np.ndarray:
    """Bounds (n, 4) of x/z and y/z (x low, x high, y low, y high) of boxes of corners (n, 8, 3).

    Edges are cut at NEAR_M in front of the camera. Boxes behind it have bounds +Inf, -Inf.
    """
    first, second = points[:, _EDGES[:, 0]], points[:, _EDGES[:, 1]]
    seen = (first[..., 2] >= NEAR_M) | (second[..., 2] >= NEAR_M)
    rise = second[..., 2] - first[..., 2]
    at = (NEAR_M - first[..., 2]) / np.where(np.abs(rise) < 1e-12, 1e-12, rise)
    crossing = first + at[..., None] * (second - first)
    ends = [np.where((end[..., 2] < NEAR_M)[..., None], crossing, end) for end in (first, second)]
    bounds = np.empty((len(points), 4))
    for axis in (0, 1):
        values = np.concatenate([end[..., axis] / end[..., 2] for end in ends], axis=1)
        mask = np.concatenate([seen, seen], axis=1)
        bounds[:, 2 * axis] = np.where(mask, values, np.inf).min(axis=1)
        bounds[:, 2 * axis + 1] = np.where(mask, values, -np.inf).max(axis=1)
    return bounds


def pixel_windows(bounds: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Windows (n, 4) (left, right, top, bottom; half open) of bounds, clipped to the image.

    Args:
        bounds: Bounds from `projected_bounds`.
        x: (1 or H, W) x/z of the rays, growing along rows.
        y: (H, 1 or W) y/z of the rays, growing along columns.
    """
    windows = np.empty((len(bounds), 4), np.int64)
    windows[:, 0] = np.searchsorted(x.max(axis=0), bounds[:, 0], 'left')
    windows[:, 1] = np.searchsorted(x.min(axis=0), bounds[:, 1], 'right')
    windows[:, 2] = np.searchsorted(y.max(axis=1), bounds[:, 2], 'left')
    windows[:, 3] = np.searchsorted(y.min(axis=1), bounds[:, 3], 'right')
    return windows
