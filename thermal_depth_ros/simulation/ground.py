# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The ground: classes of its surface, and its illumination with shadows."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.simulation import labels, materials
from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.intersections import BOX
from thermal_depth_ros.simulation.layouts import Layout, Yard
from thermal_depth_ros.simulation.parts import Part, PartTable, surface_points, table

ROAD, SIDEWALK, TERRAIN = 0, 1, 2
CLASSES = 3
_LONGEST = 2400  # pixels of the light map
_LIFT_M = 0.35  # how far from a wall its foot darkens the ground
_SKY_FRACTION = 0.45  # how much it darkens


@dataclasses.dataclass(frozen=True, eq=False)
class LightMap:
    """Map of the sun and sky light that reaches the ground."""

    sun: np.ndarray  # (n, m) uint8, 255 in full light
    sky: np.ndarray
    origin: tuple[float, float]  # world x, y of the first pixel's corner
    scale: float  # pixels per metre

    def with_shadows(self, parts: PartTable, sun: np.ndarray, power: float) -> 'LightMap':
        """Return the map with the shadows of more bodies."""
        drawn = dataclasses.replace(self, sun=self.sun.copy(), sky=self.sky.copy())
        _darken(drawn, parts, sun, power)
        return drawn

    def look(self, x: Array, y: Array, arrays: Arrays) -> tuple[Array, Array]:
        """Return sun and sky (0 to 1) at places of the ground; full light outside the map."""
        xp = arrays.xp
        height, width = self.sun.shape
        u = xp.clip((x - self.origin[0]) * self.scale - 0.5, 0.0, width - 1.01)
        v = xp.clip((y - self.origin[1]) * self.scale - 0.5, 0.0, height - 1.01)
        left, top = arrays.to_int(u), arrays.to_int(v)
        fx, fy = u - arrays.to_float(left), v - arrays.to_float(top)
        index = top * width + left
        weights = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy]
        corners = [index, index + 1, index + width, index + width + 1]
        looks = []
        for channel in (self.sun, self.sky):
            flat = channel.reshape(-1)
            flat = flat if arrays.torch is None else arrays.torch.as_tensor(flat).to(x.device)
            looks.append(sum(w * flat.take(c) for w, c in zip(weights, corners, strict=True)))
        return looks[0] * (1 / 255), looks[1] * (1 / 255)


def make_light_map(
    parts: PartTable, low: np.ndarray, high: np.ndarray, sun: np.ndarray, power: float
) -> LightMap:
    """Draw the light on the ground between two corners, with the shadows of all parts."""
    scale = min(5.0, _LONGEST / float((high - low).max()))
    width, height = np.ceil((high - low) * scale).astype(int)
    full = np.full((height, width), 255, np.uint8)
    drawn = LightMap(full, full.copy(), (float(low[0]), float(low[1])), scale)
    _darken(drawn, parts, sun, power)
    blur = 0.25 * scale
    return dataclasses.replace(
        drawn,
        sun=cv2.GaussianBlur(drawn.sun, (0, 0), max(blur, 0.4)),
        sky=cv2.GaussianBlur(drawn.sky, (0, 0), max(2.5 * blur, 0.4)),
    )


def _darken(drawn: LightMap, parts: PartTable, sun: np.ndarray, power: float) -> None:
    origin, shaded = np.array(drawn.origin), int(255 * (1 - min(power * 3, 1.0)))
    lean = sun[:2] / max(float(sun[2]), 0.05)
    foot_tone = int(255 * (1 - _SKY_FRACTION))
    for row in range(len(parts)):
        half = parts.half[row]
        body = surface_points(int(parts.shape[row])) * half
        points = body @ parts.rotation[row].T + parts.centre[row]
        if points[:, 2].min() < 1.0:
            middle = points[:, :2].mean(axis=0)
            foot = points[:, :2] + _LIFT_M * np.sign(points[:, :2] - middle)
            _fill(drawn.sky, (foot - origin) * drawn.scale, foot_tone)
        if power > 0:
            fallen = points[:, :2] - np.maximum(points[:, 2:], 0.0) * lean
            _fill(drawn.sun, (fallen - origin) * drawn.scale, shaded)


def _fill(canvas: np.ndarray, points: np.ndarray, tone: int) -> None:
    # Four bits behind the point keep small shadows from jumping from pixel to pixel.
    hull = cv2.convexHull(np.clip(points * 16, -(2**26), 2**26).astype(np.int32))
    cv2.fillConvexPoly(canvas, hull, tone, cv2.LINE_8, 4)


def ground_classes(layout: Layout, x: Array, y: Array, arrays: Arrays) -> Array:
    """Return ROAD, SIDEWALK or TERRAIN of places of the ground."""
    edge = layout.edge(x, y, arrays.xp)
    return arrays.to_int(arrays.to_float(edge > 0) + arrays.to_float(edge > layout.sidewalk_m))


def ground_rows(layout: Layout, rng: np.random.Generator) -> PartTable:
    """Return the looks of the ground's classes as rows of a part table; only looks count."""
    green = (float(rng.uniform(0.08, 0.16)), float(rng.uniform(0.17, 0.26)), 0.06)
    tone = float(rng.uniform(0.1, 0.19))
    if isinstance(layout, Yard):
        looks = [('concrete', 1.6), ('gravel', 1.5), ('lawn', 1.0)]
    else:
        looks = [('asphalt', 1.0), ('slabs', 2.2), ('lawn', 1.0)]
    rows = []
    for (material, light), label in zip(
        looks, (labels.ROAD, labels.SIDEWALK, labels.TERRAIN), strict=True
    ):
        base = green if material == 'lawn' else (tone * light, tone * light, tone * light * 0.96)
        second = (base[0] * 1.7, base[1] * 1.7, base[2] * 1.7)
        dark = (base[0] * 0.5, base[1] * 0.5, base[2] * 0.5)
        rows.append(Part(BOX, (0, 0, 0), (1, 1, 1), label, material, dark, second))
    return table(rows, materials.NAMES, rng)
