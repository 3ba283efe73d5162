# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The plan of a world: where the road runs, and how far a point of the ground is from its edge."""

import dataclasses
from typing import Any, Protocol

import numpy as np

from thermal_depth_ros.simulation.arrays import Array
from thermal_depth_ros.simulation.embankments import Embankments, draw_embankments

LANE_M = 3.5
PARKING_M = 5.0  # half width from which vehicles park along the kerb
WIDE_M = 6.5  # half width from which a road has two lanes in each direction
_DASH_M = 6.0
_CROSSING_M = 5.0  # markings end so far from a crossing


class Layout(Protocol):
    """Interface of a plan, for arrays of ground positions."""

    @property
    def sidewalk_m(self) -> float:
        """Return the width of the strip beside the road."""

    @property
    def half_m(self) -> float:
        """Return half of the road's width."""

    @property
    def verge_m(self) -> float:
        """Return how much of that strip, next to the road, is grass."""

    @property
    def kerb_m(self) -> float:
        """Return how much higher than the road everything beside it lies."""

    @property
    def embankments(self) -> Embankments | None:
        """Return the slopes beside the road, if there are any."""

    def edge(self, x: Array, y: Array, xp: Any) -> Array:
        """Return the distance to the road's edge, negative on the road, m."""

    def paint(self, x: Array, y: Array, size: Array, xp: Any) -> tuple[Array, Array]:
        """Return how much of a pixel of this size (m) is white and yellow marking, 0 to 1."""

    def axes(self) -> list[np.ndarray]:
        """Return the middle lines of all roads, each (n, 2), for placing things beside them."""

    def route(self, length_m: float, rng: np.random.Generator) -> np.ndarray:
        """Return a middle line (n, 2) to drive along, at least this long; corners are sharp."""


def stripe(distance: Array, half_m: float, size: Array, xp: Any) -> Array:
    """Share of a pixel that a stripe covers whose middle is at this distance."""
    return xp.clip((half_m - abs(distance)) / size + 0.5, 0.0, 1.0)


def _lines(
    lateral: Array, along: Array, half_m: float, double: bool, size: Array, xp: Any
) -> tuple[Array, Array]:
    """Return the line in the middle (dashed, or double), and those at the sides and of lanes."""
    dashed = (along % _DASH_M) < _DASH_M / 2
    if double:
        middle = stripe(lateral - 0.14, 0.06, size, xp)
    else:
        middle = stripe(lateral, 0.07, size, xp) * dashed
    border = stripe(lateral - half_m + 0.25, 0.06, size, xp)
    if half_m > WIDE_M:
        border = border + stripe(lateral - LANE_M, 0.06, size, xp) * dashed
    return middle, border


def _painted(total: Array, centre: Array, yellow: bool, xp: Any) -> tuple[Array, Array]:
    if yellow:
        return xp.clip(total, 0.0, 1.0), xp.clip(centre, 0.0, 1.0)
    return xp.clip(total + centre, 0.0, 1.0), centre * 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class StreetGrid:
    """Streets along x and y that cross each other at right angles."""

    xs: np.ndarray  # x of the streets along y
    ys: np.ndarray
    half_m: float
    sidewalk_m: float
    verge_m: float = 0.0
    kerb_m: float = 0.0
    yellow: bool = False
    embankments: Embankments | None = None

    def _nearest(self, place: Array, streets: np.ndarray, xp: Any) -> Array:
        distance = abs(place - float(streets[0]))
        for at in streets[1:]:
            distance = xp.minimum(distance, abs(place - float(at)))
        return distance

    def edge(self, x: Array, y: Array, xp: Any) -> Array:
        """Return the distance to the road's edge, negative on the road, m."""
        dx, dy = self._nearest(x, self.xs, xp), self._nearest(y, self.ys, xp)
        return xp.minimum(dx, dy) - self.half_m

    def paint(self, x: Array, y: Array, size: Array, xp: Any) -> tuple[Array, Array]:
        """Return how much of a pixel of this size (m) is white and yellow marking, 0 to 1."""
        dx, dy = self._nearest(x, self.xs, xp), self._nearest(y, self.ys, xp)
        total, centre = 0.0, 0.0
        for lateral, other, along in ((dx, dy, y), (dy, dx, x)):
            free = other > self.half_m + _CROSSING_M
            middle, lanes = _lines(lateral, along, self.half_m, self.yellow, size, xp)
            centre = centre + middle * free
            total = total + lanes * free
            stop = stripe(other - self.half_m - 3.0, 1.2, size, xp)
            total = total + stop * ((lateral < self.half_m - 0.3) & ((lateral % 1.0) < 0.5))
        return _painted(total, centre, self.yellow, xp)

    def axes(self) -> list[np.ndarray]:
        """Return the middle lines of all streets."""
        x, y = self.xs[[0, -1]], self.ys[[0, -1]]
        along_y = [np.array([[at, y[0]], [at, y[1]]]) for at in self.xs]
        return along_y + [np.array([[x[0], at], [x[1], at]]) for at in self.ys]

    def route(self, length_m: float, rng: np.random.Generator) -> np.ndarray:
        """Return a walk over the crossings without turning back."""
        limits = (len(self.xs), len(self.ys))
        node = np.array([limit // 2 for limit in limits])
        heading = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][rng.integers(4)])
        points, length = [self._at(node)], 0.0
        while length < length_m:
            left = np.array([-heading[1], heading[0]])
            ways = [heading, left, -left]
            odds = np.array([0.4, 0.3, 0.3])
            inside = [all(node + way >= 0) and all(node + way < limits) for way in ways]
            odds = odds * inside
            heading = ways[rng.choice(3, p=odds / odds.sum())]
            node = node + heading
            points.append(self._at(node))
            length += float(np.abs(points[-1] - points[-2]).sum())
        return np.array(points)

    def _at(self, node: np.ndarray) -> np.ndarray:
        return np.array([self.xs[node[0]], self.ys[node[1]]])


@dataclasses.dataclass(frozen=True, eq=False)
class WindingRoad:
    """One road y = sum of a sin(k x + p)."""

    amplitude: np.ndarray
    wave: np.ndarray  # k, rad/m
    phase: np.ndarray
    length_m: float
    half_m: float
    sidewalk_m: float
    verge_m: float = 0.0
    kerb_m: float = 0.0
    yellow: bool = False
    embankments: Embankments | None = None

    def _lateral(self, x: Array, y: Array, xp: Any) -> Array:
        middle, slope = 0.0, 0.0
        for a, k, p in zip(self.amplitude, self.wave, self.phase, strict=True):
            angle = x * float(k) + float(p)
            middle = middle + xp.sin(angle) * float(a)
            slope = slope + xp.cos(angle) * float(a * k)
        return (y - middle) / xp.sqrt(slope * slope + 1.0)

    def edge(self, x: Array, y: Array, xp: Any) -> Array:
        """Return the distance to the road's edge, negative on the road, m."""
        return abs(self._lateral(x, y, xp)) - self.half_m

    def paint(self, x: Array, y: Array, size: Array, xp: Any) -> tuple[Array, Array]:
        """Return how much of a pixel of this size (m) is white and yellow marking, 0 to 1."""
        lateral = abs(self._lateral(x, y, xp))
        middle, lanes = _lines(lateral, x, self.half_m, self.yellow, size, xp)
        return _painted(lanes, middle, self.yellow, xp)

    def axes(self) -> list[np.ndarray]:
        """Return the middle line of the road."""
        x = np.arange(-80.0, self.length_m + 220.0, 2.0)
        angle = x[:, None] * self.wave + self.phase
        return [np.stack([x, (np.sin(angle) * self.amplitude).sum(axis=1)], axis=1)]

    def route(self, length_m: float, rng: np.random.Generator) -> np.ndarray:
        """Return the road's middle line from x = 0 on; there is no other way to go."""
        line = self.axes()[0]
        return line[(line[:, 0] >= 0) & (line[:, 0] <= length_m + 20.0)]


@dataclasses.dataclass(frozen=True, eq=False)
class Yard:
    """A paved rectangle around the origin."""

    half_x: float
    half_y: float
    half_m: float = 0.0
    sidewalk_m: float = 2.0
    verge_m: float = 0.0
    kerb_m: float = 0.0
    embankments: Embankments | None = None

    def edge(self, x: Array, y: Array, xp: Any) -> Array:
        """Return the distance to the edge of the paved rectangle, negative inside, m."""
        return xp.maximum(abs(x) - self.half_x, abs(y) - self.half_y)

    def paint(self, x: Array, y: Array, size: Array, xp: Any) -> tuple[Array, Array]:
        """Return the white and yellow share of pixels: parking bays on two sides."""
        bay = (x + 1.25) % 2.5 - 1.25
        inside = (abs(y) < self.half_y - 1.0) & (abs(y) > self.half_y - 6.0)
        white = stripe(bay, 0.05, size, xp) * (inside & (abs(x) < self.half_x - 3.0))
        return white, white * 0.0

    def axes(self) -> list[np.ndarray]:
        """Return the outline, for placing things along it."""
        x, y = self.half_x, self.half_y
        corners = np.array([[-x, -y], [x, -y], [x, y], [-x, y], [-x, -y]])
        return [corners[index : index + 2] for index in range(4)]

    def route(self, length_m: float, rng: np.random.Generator) -> np.ndarray:
        """Return a walk between random places of the yard."""
        reach = np.array([self.half_x, self.half_y]) - 8.0
        points, length = [rng.uniform(-reach, reach)], 0.0
        heading = float(rng.uniform(-np.pi, np.pi))
        while length < length_m:
            # Of some places far enough away, the one that needs the smallest turn, mostly.
            choice = rng.uniform(-reach, reach, (12, 2))
            away = choice - points[-1]
            turn = np.arctan2(away[:, 1], away[:, 0]) - heading
            turn = np.abs((turn + np.pi) % (2 * np.pi) - np.pi) + 9.0 * (np.hypot(*away.T) < 7.0)
            good = np.flatnonzero(turn < 1.7)
            pick = int(good[0]) if len(good) else int(np.argmin(turn))
            points.append(choice[pick])
            length += float(np.hypot(*away[pick]))
            heading = float(np.arctan2(away[pick, 1], away[pick, 0]))
        return np.array(points)


def draw_layout(scene: str, length_m: float, rng: np.random.Generator) -> Layout:
    """Draw the plan of a world that a route of this length fits into."""
    if scene == 'yard':
        return Yard(float(rng.uniform(16, 34)), float(rng.uniform(14, 26)))
    half = float(rng.choice([3.6, 4.6, 5.6, 7.4], p=[0.2, 0.2, 0.4, 0.2]))
    verge = float(rng.choice([0.0, rng.uniform(0.8, 3.0)], p=[0.6, 0.4]))
    sidewalk = verge + float(rng.uniform(1.4, 4.5))
    kerb = float(rng.choice([0.0, rng.uniform(0.06, 0.16)], p=[0.1, 0.9]))
    sides = (half, sidewalk, verge, kerb, bool(rng.random() < 0.35))
    if scene == 'winding':
        wavelength = rng.uniform((160.0, 70.0), (320.0, 130.0))
        amplitude = wavelength * rng.uniform((0.03, 0.01), (0.1, 0.035))
        phase = rng.uniform(0, 2 * np.pi, 2)
        wave = 2 * np.pi / wavelength
        return WindingRoad(amplitude, wave, phase, length_m, *sides)
    streets = [np.cumsum(rng.uniform(48.0, 95.0, 5)) for _ in range(2)]
    xs, ys = (street - street[2] for street in streets)
    return StreetGrid(xs, ys, *sides)


def with_embankments(layout: Layout, share: float, rng: np.random.Generator) -> Layout:
    """Return a plan with slopes beside its roads, or as it is; a yard always stays level.

    Args:
        layout: Plan without.
        share: Chance of slopes, 0 to 1.
        rng: Decides and draws them.
    """
    drawn = rng.random() < share
    if not drawn or not isinstance(layout, StreetGrid | WindingRoad):
        return layout
    return dataclasses.replace(layout, embankments=draw_embankments(layout.sidewalk_m, rng))
