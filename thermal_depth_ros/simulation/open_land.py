# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Open land beside the road: lawn with free sight to what stands 25 to 120 m away.

Only on roads whose sides are open does a camera that looks aside see woods, houses and cars that
are far away over ground that it sees too; along other roads something near hides them. Nearer, old
trees may stand: what is far is seen between their stems, below crowns that hide the sky.
"""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import buildings, labels, plants, vehicles
from thermal_depth_ros.simulation.parts import Part, box, shaded, turned
from thermal_depth_ros.simulation.placing import Builder, Spot, facing, moved_away, spots

NEAREST_M, FARTHEST_M = 25.0, 120.0  # of what stands on open land, from the middle of the road
_REACH_M = 140.0  # from the route to the place of the road beside which things stand
_CLEAR_M = 16.0  # nothing but old trees stands nearer to the edge of any road
_OLD_TREES_M = (7.0, 45.0)  # from the middle of the road
_OLD_TREES_CLEAR_M = 2.5
_OLD_TREES_STEP_M = 7.0
_CLUMP_M = 12.0  # length of a piece of a tree line
_BEHIND = 0.35  # share of the pieces that have a tree behind them
_BAY_M = 2.6  # width of a parking bay
_PAVED_M = 0.04  # height of a car park above the lawn
_STEPS_M = {'trees': 9.0, 'houses': 24.0, 'cars': 16.0, 'car parks': 55.0}


@dataclasses.dataclass(frozen=True)
class OpenSide:
    """One side of the roads of a plan; all shares are 0 to 1."""

    near: float  # share of what would stand within 40 m
    tree_lines_m: tuple[float, ...] = ()  # their distances to the middle of the road
    far: tuple[tuple[str, float], ...] = ()  # kinds of `_STEPS_M`, shares of their places
    old_trees: float = 0.0  # share of the places that have one


@dataclasses.dataclass(frozen=True)
class OpenLand:
    """The sides of the roads of one plan."""

    left: OpenSide  # of the direction of the roads' middle lines
    right: OpenSide

    def side(self, side: int) -> OpenSide:
        """Return the left side for +1, the right one for -1."""
        return self.left if side > 0 else self.right


def draw_open_land(share: float, rng: np.random.Generator) -> OpenLand | None:
    """Draw whether the land beside the roads is open, on which sides, and what stands there.

    Args:
        share: Chance of open land, 0 to 1.
        rng: Decides and draws it.
    """
    if rng.random() >= share:
        return None
    first, both = int(rng.integers(2)), rng.random() < 0.6
    left, right = (
        _draw_side(rng) if both or index == first else OpenSide(near=1.0) for index in range(2)
    )
    return OpenLand(left, right)


def _draw_side(rng: np.random.Generator) -> OpenSide:
    near = float(rng.choice([0.0, rng.uniform(0.0, 0.5)], p=[0.4, 0.6]))
    lines = rng.uniform(NEAREST_M + 8.0, FARTHEST_M - 5.0, int(rng.integers(1, 3)))
    shares = rng.uniform(0.0, (0.3, 0.6, 0.4, 0.5))
    far = zip(_STEPS_M, shares.tolist(), strict=True)
    old_trees = float(rng.choice([0.0, rng.uniform(0.1, 0.8)]))
    return OpenSide(near, tuple(sorted(lines.tolist())), tuple(far), old_trees)


def fill_open_land(builder: Builder, land: OpenLand, bare: float) -> None:
    """Put tree lines, trees, houses, cars, car parks and old trees on open land.

    Args:
        builder: World with everything that stands near the roads.
        land: Its sides.
        bare: Share of the trees that have lost their leaves.
    """
    for axis in builder.layout.axes():
        for side in (-1, 1):
            for away in land.side(side).tree_lines_m:
                _tree_line(builder, axis, side, away, bare)
            for kind, share in land.side(side).far:
                _scatter(builder, axis, side, (kind, share), bare)
            _old_trees(builder, axis, side, land.side(side).old_trees)


def _tree_line(builder: Builder, axis: np.ndarray, side: int, away: float, bare: float) -> None:
    """Plant the edge of a wood along a road, in long stretches with gaps."""
    rng = builder.rng
    length, gap = rng.uniform(60.0, 240.0), rng.uniform(15.0, 60.0)
    tall, there = rng.uniform(0.8, 1.5), rng.random() < length / (length + gap)
    for spot in spots(axis, builder.route, side, 0.0, _CLUMP_M, _REACH_M):
        away += float(rng.normal(0.0, 1.5))
        if rng.random() < _CLUMP_M / (length if there else gap):
            there = not there
        if there:
            # A little shorter than the step, as pieces come closer where the road bends.
            _put(builder, plants.tree_line(rng, 0.95 * _CLUMP_M, tall), spot, away, turn=0.02)
            if rng.random() < _BEHIND:
                _put(builder, plants.tree(rng, bare), spot, away + rng.uniform(6.0, 12.0))


def _old_trees(builder: Builder, axis: np.ndarray, side: int, share: float) -> None:
    """Plant old trees, in a few rows or alone."""
    rng = builder.rng
    nearest, farthest = _OLD_TREES_M
    depth = rng.uniform(5.0, farthest - nearest)  # of the ground that they take
    for spot in spots(axis, builder.route, side, 0.0, _OLD_TREES_STEP_M, _REACH_M):
        if rng.random() < share:
            parts, away = plants.grown_tree(rng), nearest + depth * rng.random()
            _put(builder, parts, spot, away, clear_m=_OLD_TREES_CLEAR_M)


def _scatter(
    builder: Builder, axis: np.ndarray, side: int, what: tuple[str, float], bare: float
) -> None:
    """Place things of a kind, a share of its places, at random distances."""
    rng, (kind, share) = builder.rng, what
    if kind == 'car parks' and builder.layout.embankments is not None:
        return  # they are level
    for spot in spots(axis, builder.route, side, 0.0, _STEPS_M[kind], _REACH_M):
        if rng.random() > share:
            continue
        parts = _thing(rng, kind, bare)
        _put(builder, parts, spot, rng.uniform(NEAREST_M, FARTHEST_M), founded=kind == 'houses')


def _put(
    builder: Builder,
    parts: list[Part],
    spot: Spot,
    away: float,
    *,
    founded: bool = False,
    turn: float = 0.12,
    clear_m: float = _CLEAR_M,
) -> None:
    """Place a thing beside the road, turned about by so much (rad, standard deviation)."""
    place = moved_away(spot, away)
    if float(builder.layout.edge(np.float64(place.x), np.float64(place.y), np)) < clear_m:
        return  # a road bends or crosses here
    yaw = facing(place) + builder.rng.normal(0.0, turn)
    builder.add(parts, place.x, place.y, float(yaw), founded=founded)


def _thing(rng: np.random.Generator, kind: str, bare: float) -> list[Part]:
    """Draw something of a kind."""
    if kind == 'trees':
        return plants.bush(rng) if rng.random() < 0.25 else plants.tree(rng, bare)
    if kind == 'cars':
        return turned(vehicles.vehicle(rng, running=False)[0], rng.uniform(0.0, 2 * np.pi))
    if kind == 'car parks':
        return _car_park(rng)
    if rng.random() < 0.45:
        return buildings.shed(rng, rng.uniform(15.0, 45.0), rng.uniform(9.0, 20.0))
    return buildings.house(rng, rng.uniform(8.0, 22.0), rng.uniform(7.0, 12.0))


def _car_park(rng: np.random.Generator) -> list[Part]:
    """Draw a paved rectangle with cars in two rows. In Cityscapes, car parks have no class."""
    bays, deep = int(rng.integers(5, 14)), float(rng.uniform(7.0, 11.0))
    wide, grey = 0.5 * _BAY_M * bays + 1.0, float(rng.uniform(0.08, 0.22))
    low, high = (-wide, -deep, -0.3), (wide, deep, _PAVED_M)
    slab = box(low, high, labels.UNLABELLED, 'asphalt', shaded((grey, grey, grey), 1.2))
    parts, taken = [slab], rng.uniform(0.2, 0.9)
    for row in (-1, 1):
        for bay in range(bays):
            if rng.random() > taken:
                continue
            car = vehicles.vehicle(rng, running=False)[0]
            length = vehicles.half_length(car)
            if length < 2.7:
                x, y = _BAY_M * (bay - 0.5 * (bays - 1)), row * (deep - 0.3 - length)
                parts += turned(car, float(rng.choice([-0.5, 0.5])) * np.pi, (x, y, _PAVED_M))
    return parts
