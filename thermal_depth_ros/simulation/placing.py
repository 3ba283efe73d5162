# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Places buildings, trees, parked vehicles and other objects along the roads of a plan."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from thermal_depth_ros.simulation import buildings, materials, street_things, vehicles
from thermal_depth_ros.simulation.layouts import Layout, Yard
from thermal_depth_ros.simulation.parts import Part, PartTable, joined, placed, table
from thermal_depth_ros.simulation.route import Route

_REACH_M = 110.0  # nothing is built farther from the route
_CLEAR_M = 1.7  # half of the width that the route needs


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
        self, parts: list[Part], x: float, y: float, yaw: float, *, inside: bool = False
    ) -> bool:
        """Place an object unless it would stand in the way, on a road, or in another object.

        Args:
            parts: Parts of the object.
            x: Position of the object along x, m.
            y: Position of the object along y, m.
            yaw: Heading of the object.
            inside: It may stand on the road.

        Returns:
            Whether it was placed.
        """
        rows = placed(table(parts, materials.NAMES, self.rng), x, y, yaw)
        circles = _footprint(rows)
        if not all(self._free(*circle, inside) for circle in circles):
            return False
        self._take(circles)
        self.tables.append(rows)
        return True

    def _free(self, x: float, y: float, radius: float, inside: bool) -> bool:
        if self.route.distance(x, y) < radius + _CLEAR_M:
            return False
        if not inside and float(self.layout.edge(np.float64(x), np.float64(y), np)) < radius * 0.7:
            return False
        taken = self._taken[: self._count]
        return bool((np.hypot(taken[:, 0] - x, taken[:, 1] - y) > taken[:, 2] + radius).all())

    def _take(self, circles: list[tuple[float, float, float]]) -> None:
        while self._count + len(circles) > len(self._taken):
            self._taken = np.concatenate([self._taken, np.zeros_like(self._taken)])
        self._taken[self._count : self._count + len(circles)] = np.array(circles).reshape(-1, 3)
        self._count += len(circles)

    def table(self) -> PartTable:
        """Return everything that was placed."""
        return joined(self.tables)


def _footprint(rows: PartTable) -> list[tuple[float, float, float]]:
    """Circles (x, y, radius) that cover an object, as seen from above."""
    circles = []
    for row in range(len(rows)):
        if rows.centre[row, 2] - rows.half[row, 2] > 2.4:
            continue  # crowns and roofs leave room below
        half, R = rows.half[row], rows.rotation[row]
        long = int(np.argmax(half[:2]))
        short = min(float(half[1 - long]), float(half[long]))
        reach = max(float(half[long]) - short, 0.0)
        for at in np.linspace(-reach, reach, 1 + int(np.ceil(2 * reach / max(short, 0.6)))):
            x, y = rows.centre[row, :2] + at * R[:2, long]
            circles.append((float(x), float(y), short))
    return circles


def spots(axis: np.ndarray, route: Route, side: int, away: float, step: float) -> Iterator[Spot]:
    """Yield places along one side of a road, near enough to the route to be seen."""
    leg = np.diff(axis, axis=0)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*leg.T))])
    for s in np.arange(0.5 * step, length[-1], step):
        index = int(np.searchsorted(length, s, 'right')) - 1
        yaw = float(np.arctan2(leg[index, 1], leg[index, 0]))
        x, y = (float(np.interp(s, length, axis[:, k])) for k in (0, 1))
        x, y = x - side * away * np.sin(yaw), y + side * away * np.cos(yaw)
        if route.distance(x, y) < _REACH_M:
            yield Spot(x, y, yaw, side)


def _facing(spot: Spot) -> float:
    """Direction of an object whose y points away from the road."""
    return spot.yaw if spot.side > 0 else spot.yaw + np.pi


def fill(layout: Layout, route: Route, rng: np.random.Generator) -> Builder:
    """Fill a plan."""
    builder = Builder(layout, route, rng)
    (_fill_yard if isinstance(layout, Yard) else _fill_streets)(builder)
    return builder


def _fill_streets(builder: Builder) -> None:
    layout, rng = builder.layout, builder.rng
    built_up, green = rng.uniform(0.35, 0.95), rng.uniform(0.2, 0.8)
    parking, foot = rng.uniform(0.1, 0.7), rng.uniform(0.2, 0.8)
    edge = layout.half_m + layout.sidewalk_m
    for axis in layout.axes():
        for side in (-1, 1):
            _row_of_lamps(builder, axis, side)
            _row_of_houses(builder, axis, side, edge, built_up)
            _row(builder, axis, side, edge + 1.2, 7.0, green, 'green')
            _row(builder, axis, side, layout.half_m + 0.4, 17.0, 0.4, 'signs')
            if layout.half_m > 5.0:
                _row(builder, axis, side, layout.half_m - 1.0, 6.5, parking, 'parked')
            _row(builder, axis, side, layout.half_m + 1.1, 12.0, 0.5 * foot, 'people')


def _row_of_lamps(builder: Builder, axis: np.ndarray, side: int) -> None:
    rng = builder.rng
    height, step = rng.uniform(5.0, 8.0), rng.uniform(22.0, 38.0)
    for spot in spots(axis, builder.route, side, builder.layout.half_m + 0.6, step):
        arm = 1.6
        yaw = _facing(spot) - np.pi / 2
        if builder.add(street_things.lamp_post(height, arm), spot.x, spot.y, yaw):
            head = (spot.x + arm * np.cos(yaw), spot.y + arm * np.sin(yaw), height)
            builder.lamps.append(head)


def _row_of_houses(
    builder: Builder, axis: np.ndarray, side: int, edge: float, share: float
) -> None:
    rng, step = builder.rng, 15.0
    for spot in spots(axis, builder.route, side, edge, step):
        yaw = _facing(spot)
        away = np.array([-np.sin(yaw), np.cos(yaw)])
        setback = rng.uniform(0.1, 5.0)
        width, depth = rng.uniform(8.0, 14.5), rng.uniform(7.0, 12.0)
        x, y = (float(value) for value in np.array([spot.x, spot.y]) + setback * away)
        if rng.random() < share and builder.add(buildings.house(rng, width, depth), x, y, yaw):
            continue
        if rng.random() < 0.6:
            builder.add(street_things.barrier(rng, rng.uniform(6.0, 14.0)), x, y, yaw)


def _row(
    builder: Builder,
    axis: np.ndarray,
    side: int,
    away: float,
    step: float,
    share: float,
    kind: str,
) -> None:
    rng = builder.rng
    for spot in spots(axis, builder.route, side, away, step):
        if rng.random() > share:
            continue
        out = rng.uniform(-0.3, 0.3)
        x, y = spot.x + out, spot.y + rng.uniform(-0.3, 0.3)
        _place(builder, kind, x, y, spot)


def _place(builder: Builder, kind: str, x: float, y: float, spot: Spot) -> None:
    rng = builder.rng
    if kind == 'green':
        make = street_things.tree if rng.random() < 0.65 else street_things.bush
        builder.add(make(rng), x, y, rng.uniform(0, 6.3))
    elif kind == 'signs':
        light = rng.random() < 0.3
        make = street_things.traffic_light if light else street_things.sign
        builder.add(make(rng), x, y, spot.yaw + (np.pi if spot.side > 0 else 0.0))
    elif kind == 'parked':
        parts, half = vehicles.vehicle(rng, running=rng.random() < 0.15)
        if not _along_kerb(builder.layout, spot, half):
            return
        yaw = spot.yaw + (np.pi if spot.side > 0 else 0.0) + rng.normal(0.0, 0.03)
        builder.add(parts, spot.x, spot.y, yaw, inside=True)
    else:
        builder.add(street_things.person(rng, False), x, y, rng.uniform(0, 6.3))


def _along_kerb(layout: Layout, spot: Spot, half: float) -> bool:
    """Whether there is a kerb, not a crossing, beside a parked vehicle."""
    along = np.linspace(-half - 3.0, half + 3.0, 5)
    out = 1.6 * spot.side
    x = spot.x + along * np.cos(spot.yaw) - out * np.sin(spot.yaw)
    y = spot.y + along * np.sin(spot.yaw) + out * np.cos(spot.yaw)
    return bool((layout.edge(x, y, np) > 0).all())


def _fill_yard(builder: Builder) -> None:
    layout, rng = builder.layout, builder.rng
    for axis in layout.axes():
        for spot in spots(axis, builder.route, -1, 0.5, rng.uniform(9.0, 16.0)):
            yaw = _facing(spot)
            width, depth = rng.uniform(6.0, 14.0), rng.uniform(5.0, 9.0)
            shed = buildings.shed(rng, width, depth)
            if rng.random() < 0.55 and builder.add(shed, spot.x, spot.y, yaw):
                continue
            builder.add(street_things.barrier(rng, width), spot.x, spot.y, yaw)
        _row_of_lamps(builder, axis, -1)
        for spot in spots(axis, builder.route, -1, 7.0, 8.0):
            _place(builder, 'green', spot.x, spot.y, spot)
    _scatter(builder, np.array([builder.layout.half_x, builder.layout.half_y]))  # type: ignore[attr-defined]


def _scatter(builder: Builder, reach: np.ndarray) -> None:
    """Put vehicles, people and clutter anywhere on a yard."""
    rng = builder.rng
    for _ in range(int(rng.integers(50, 110))):
        x, y = rng.uniform(-reach + 1.0, reach - 1.0)
        kind, yaw = rng.random(), rng.uniform(0, 2 * np.pi)
        if kind < 0.3:
            square = float(np.round(yaw / (np.pi / 2)) * np.pi / 2)
            parts, _ = vehicles.vehicle(rng, running=rng.random() < 0.25)
            builder.add(parts, x, y, square, inside=True)
        elif kind < 0.5:
            builder.add(street_things.person(rng, False), x, y, yaw, inside=True)
        elif kind < 0.6:
            builder.add(street_things.tree(rng), x, y, yaw, inside=True)
        elif kind < 0.7:
            builder.add(street_things.barrier(rng, rng.uniform(3, 8)), x, y, yaw, inside=True)
        else:
            builder.add(street_things.clutter(rng), x, y, yaw, inside=True)
