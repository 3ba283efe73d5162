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
from thermal_depth_ros.simulation.parts import Part, PartTable, shaded, surface_points, table
from thermal_depth_ros.simulation.parts import rows as chosen_rows
from thermal_depth_ros.simulation.relief import KERB_TOP_M

ROAD, SIDEWALK, TERRAIN, KERB = range(4)
CLASSES = 4
_LONGEST = 2400  # pixels of the light map
_LIFT_M = 0.35  # how far from a wall its foot darkens the ground
_SMALL_M = 0.12  # smaller parts cast no shadow
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


def _dapple(drawn: LightMap, leafy: PartTable, sun: np.ndarray, power: float) -> None:
    """Draw the shadows of foliage, with flecks of sun in them."""
    alone = dataclasses.replace(drawn, sun=np.full_like(drawn.sun, 255), sky=drawn.sky)
    _darken(alone, leafy, sun, power)
    height, width = drawn.sun.shape
    noise = np.random.default_rng(11).standard_normal((height // 2 + 1, width // 2 + 1))
    soft = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 0.9)
    flecks = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) > 0.22
    np.minimum(drawn.sun, np.where(flecks, 255, alone.sun), out=drawn.sun)


def make_light_map(
    parts: PartTable, low: np.ndarray, high: np.ndarray, sun: np.ndarray, power: float
) -> LightMap:
    """Draw the light on the ground between two corners, with the shadows of all parts."""
    scale = min(5.0, _LONGEST / float((high - low).max()))
    width, height = np.ceil((high - low) * scale).astype(int)
    full = np.full((height, width), 255, np.uint8)
    drawn = LightMap(full, full.copy(), (float(low[0]), float(low[1])), scale)
    _darken(drawn, chosen_rows(parts, parts.sieve < 0), sun, power)
    _dapple(drawn, chosen_rows(parts, parts.sieve >= 0), sun, power)
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
    for row in np.flatnonzero(parts.half.max(axis=1) > _SMALL_M):
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


def ground_classes(layout: Layout, x: Array, y: Array, face: Array, arrays: Arrays) -> Array:
    """Return ROAD, SIDEWALK, TERRAIN or KERB of places of the ground.

    Args:
        layout: Plan of the world.
        x: World x, m.
        y: World y, m.
        face: 1 on the upright face of a kerb.
        arrays: Array backend that computes.
    """
    edge, of = layout.edge(x, y, arrays.xp), arrays.to_float
    top = KERB_TOP_M if layout.kerb_m > 0 else 0.0
    grass = ((edge > top) & (edge <= layout.verge_m)) | (edge > layout.sidewalk_m)
    if layout.embankments is not None and layout.embankments.grassy:
        grass = edge > top
    kerb = of((edge > 0) & (edge <= top))
    beyond = of(edge > 0) + of(grass) + 2.0 * kerb
    return arrays.to_int(arrays.xp.where(face > 0, float(KERB), beyond))


def ground_rows(layout: Layout, rng: np.random.Generator) -> PartTable:
    """Return the looks of the ground's classes as rows of a part table; only looks count."""
    green = (float(rng.uniform(0.08, 0.16)), float(rng.uniform(0.17, 0.26)), 0.06)
    tone = float(rng.uniform(0.07, 0.22))
    dry = float(rng.choice([0.0, 0.05, 0.2]))
    if isinstance(layout, Yard):
        looks = [('concrete', 1.6, 0.35), ('gravel', 1.5, 0.6), ('lawn', 1.0, 0.6)]
    else:
        walk = ('slabs', 'concrete', 'pavers', 'asphalt')[rng.choice(4, p=[0.4, 0.25, 0.25, 0.1])]
        bright = 1.3 if walk == 'asphalt' else rng.uniform(1.6, 3.0)
        road = 'pavers' if rng.random() < 0.06 else 'asphalt'
        looks = [(road, 1.0, rng.uniform(0.12, 0.35)), (walk, bright, 0.35), ('lawn', 1.0, 0.6)]
    looks.append(('kerbstone', rng.uniform(2.0, 3.4), 0.25))
    rows = []
    for (material, light, contrast), label in zip(
        looks, (labels.ROAD, labels.SIDEWALK, labels.TERRAIN, labels.SIDEWALK), strict=True
    ):
        warm = 0.9 if material == 'pavers' else 0.97
        grey = tone * light
        base = (grey, grey * warm**0.5, grey * warm)
        if material == 'lawn':  # dry grass and bare soil where the pattern is high
            base = green
            second = (base[0] * 1.5 + dry, base[1] * 1.3 + 0.7 * dry, base[2] * 1.5 + 0.4 * dry)
        else:
            second = shaded(base, 1.0 + contrast)
        dark = shaded(base, 1.0 - contrast)
        rows.append(Part(BOX, (0, 0, 0), (1, 1, 1), label, material, dark, second))
    return table(rows, materials.NAMES, rng)
