# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Places objects along the roads of a plan so that nothing stands in the way."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from thermal_depth_ros.simulation import materials
from thermal_depth_ros.simulation.intersections import BALL, BOX
from thermal_depth_ros.simulation.layouts import Layout
from thermal_depth_ros.simulation.parts import Part, PartTable, joined, placed, table
from thermal_depth_ros.simulation.parts import rows as chosen
from thermal_depth_ros.simulation.relief import bank_height, height_at
from thermal_depth_ros.simulation.route import Route

_REACH_M = 110.0  # nothing is built farther from the route
_HEADROOM_M = 2.4  # what begins higher is in nobody's way
_MANY = 8  # objects of so many parts are covered by their larger ones
_CLEAR_M = 1.7  # half of the width that the route needs
_SUNK_SHARE = 0.4  # of an object, that a slope may hide
_UPRIGHT = 0.999  # cosine of the tilt of walls
_FOOT_M = 0.3  # parts that begin below stand on the ground


@dataclasses.dataclass(frozen=True, eq=False)
class Spot:
    """A place beside a road: x runs along the road, y away from it."""

    x: float
    y: float
    yaw: float  # of the direction along the road
    side: int  # +1 on the left of the line, -1 on its right


class Builder:
    """Things placed so far, and the room they take."""

    def __init__(self, layout: Layout, route: Route, rng: np.random.Generator) -> None:
        self.layout, self.route, self.rng = layout, route, rng
        self.tables: list[PartTable] = []
        self.lamps: list[tuple[float, float, float]] = []
        self._taken = np.zeros((64, 3))
        self._count = 0

    def add(
        self,
        parts: list[Part],
        x: float,
        y: float,
        yaw: float,
        *,
        inside: bool = False,
        founded: bool = False,
    ) -> bool:
        """Place an object unless it would stand in the way, on a road, or in another object.

        On a slope it stands as low as the lowest ground under it, and not where most of it would
        be hidden; with a foundation it stands at the mean height, and its walls reach down.

        Args:
            parts: Parts of the object.
            x: Position of the object along x, m.
            y: Position of the object along y, m.
            yaw: Heading of the object.
            inside: It may stand on the road.
            founded: It has a foundation.

        Returns:
            Whether it was placed.
        """
        height = height_at(self.layout, x, y)
        rows = placed(table(parts, materials.NAMES, self.rng), x, y, yaw, height)
        circles = _footprint(rows)
        if not self._free(circles, inside):
            return False
        if self.layout.embankments is not None:
            on_ground = rows.centre[:, 2] - _extent(rows) < height + _FOOT_M
            under = _heights_under(self.layout, chosen(rows, on_ground), (x, y))
            sunk = float(np.ptp(under))
            if sunk > _SUNK_SHARE * _height(rows) and not founded:
                return False
            rows = _standing(rows, under, on_ground & founded)
        self._take(circles)
        self.tables.append(rows)
        return True

    def _free(self, circles: np.ndarray, inside: bool) -> bool:
        x, y, radius = circles.T
        middle = circles[:, :2].mean(axis=0)
        reach = float((np.hypot(x - middle[0], y - middle[1]) + radius).max())
        if self.route.distance(*middle) < reach + _CLEAR_M:
            away = [self.route.distance(*place) for place in circles[:, :2]]
            if (np.array(away) < radius + _CLEAR_M).any():
                return False
        if not inside and (self.layout.edge(x, y, np) < 0.7 * radius).any():
            return False
        taken = self._taken[: self._count]
        near = np.abs(taken[:, :2] - middle).max(axis=1) < reach + taken[:, 2]
        dx, dy = (taken[near, None, axis] - circles[None, :, axis] for axis in (0, 1))
        return bool((np.hypot(dx, dy) > taken[near, 2, None] + radius).all())

    def _take(self, circles: np.ndarray) -> None:
        while self._count + len(circles) > len(self._taken):
            self._taken = np.concatenate([self._taken, np.zeros_like(self._taken)])
        self._taken[self._count : self._count + len(circles)] = circles
        self._count += len(circles)

    def table(self) -> PartTable:
        """Return everything that was placed."""
        return joined(self.tables)


def _footprint(rows: PartTable) -> np.ndarray:
    """Circles (n, 3) of x, y and radius that cover an object, as seen from above."""
    circles = []
    for row in range(len(rows)):
        half, R = rows.half[row], rows.rotation[row]
        extent = np.abs(R) @ half  # of its upright bounding box
        if rows.centre[row, 2] - extent[2] > _HEADROOM_M:
            continue  # crowns and roofs leave room below
        if rows.sieve[row] >= 0 and rows.shape[row] == BALL:
            continue  # foliage gives way
        level = np.abs(R[2]) < 0.5  # axes that run along the ground
        size = np.where(level, half, 0.0)
        long = int(np.argmax(size))
        others = np.delete(size, long)
        short = max(float(others.max()), 0.02)
        if size[long] <= short or len(rows) > _MANY and size[long] < 0.3:
            short = max(float(size[long]), short)
        reach = max(float(size[long]) - short, 0.0)
        step = max(short, 0.6)
        for at in np.linspace(-reach, reach, 1 + int(np.ceil(2 * reach / step))):
            x, y = rows.centre[row, :2] + at * R[:2, long]
            circles.append((float(x), float(y), short))
    found = np.array(circles).reshape(-1, 3)
    inner = found[:, 2] < 0.15
    return found[~inner] if (~inner).any() and len(rows) > _MANY else found


def _height(rows: PartTable) -> float:
    """Height of an object, m."""
    extent = _extent(rows)
    return float((rows.centre[:, 2] + extent).max() - (rows.centre[:, 2] - extent).min())


def _heights_under(layout: Layout, rows: PartTable, middle: tuple[float, float]) -> np.ndarray:
    """How much slopes raise the ground (n,) under an object: in its middle and at its corners.

    Args:
        layout: Plan with slopes.
        rows: Parts of the object that stand on the ground.
        middle: Position of the object.
    """
    solid = (rows.sieve < 0) | (rows.shape == BOX)
    centre = rows.centre[solid, :2]
    along, across = (rows.rotation[solid, :2, k] * rows.half[solid, k, None] for k in (0, 1))
    corners = [centre + a * along + b * across for a in (-1.0, 1.0) for b in (-1.0, 1.0)]
    places = np.concatenate([[middle], rows.centre[:, :2], *corners])
    heights: np.ndarray = bank_height(layout, places[:, 0], places[:, 1], np)
    return heights


def _extent(rows: PartTable) -> np.ndarray:
    """Half of the height of parts, m."""
    extent: np.ndarray = np.einsum('nk,nk->n', np.abs(rows.rotation[:, 2]), rows.half)
    return extent


def _standing(rows: PartTable, under: np.ndarray, founded: np.ndarray) -> PartTable:
    """Raise an object to the ground under it.

    Args:
        rows: The object, on level ground.
        under: How much slopes raise the ground under it.
        founded: (n,) its parts whose walls reach down to the lowest ground, if it has any; then
            it stands at the mean height, otherwise at the lowest.
    """
    raised = float(under.mean() if founded.any() else under.min())
    centre, half = rows.centre.copy(), rows.half.copy()
    deeper = 0.5 * (raised - float(under.min()))
    walls = founded & (np.abs(rows.rotation[:, 2, 2]) > _UPRIGHT)
    centre[walls, 2] -= deeper
    half[walls, 2] += deeper
    centre[:, 2] += raised
    return dataclasses.replace(rows, centre=centre, half=half)


def on_level_ground(layout: Layout, parts: PartTable) -> PartTable:
    """Return parts as high above z = 0 as they are above the slopes below their middles."""
    if layout.embankments is None:
        return parts
    centre = parts.centre.copy()
    centre[:, 2] -= bank_height(layout, centre[:, 0], centre[:, 1], np)
    return dataclasses.replace(parts, centre=centre)


def spots(
    axis: np.ndarray,
    route: Route,
    side: int,
    away: float,
    step: float,
    reach_m: float = _REACH_M,
) -> Iterator[Spot]:
    """Yield places along one side of a road, near enough to the route to be seen."""
    leg = np.diff(axis, axis=0)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*leg.T))])
    for s in np.arange(0.5 * step, length[-1], step):
        index = int(np.searchsorted(length, s, 'right')) - 1
        yaw = float(np.arctan2(leg[index, 1], leg[index, 0]))
        x, y = (float(np.interp(s, length, axis[:, k])) for k in (0, 1))
        x, y = x - side * away * np.sin(yaw), y + side * away * np.cos(yaw)
        if route.distance(x, y) < reach_m:
            yield Spot(x, y, yaw, side)


def moved_away(spot: Spot, away: float) -> Spot:
    """Return the place that is so much farther from the road, m."""
    out = spot.side * away
    x, y = spot.x - out * np.sin(spot.yaw), spot.y + out * np.cos(spot.yaw)
    return dataclasses.replace(spot, x=float(x), y=float(y))


def facing(spot: Spot) -> float:
    """Direction of an object whose y points away from the road."""
    return spot.yaw if spot.side > 0 else spot.yaw + np.pi
