# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What stands where in streets and yards, and how often."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import buildings, people, plants, street_things, vehicles
from thermal_depth_ros.simulation.layouts import PARKING_M, Layout, StreetGrid, Yard
from thermal_depth_ros.simulation.open_land import OpenLand, fill_open_land
from thermal_depth_ros.simulation.parts import Part
from thermal_depth_ros.simulation.placing import Builder, Spot, facing, spots
from thermal_depth_ros.simulation.route import Route

# How far from the route small things are worth their time.
_REACH_M = {'two-wheelers': 30.0, 'clutter': 30.0, 'people': 45.0, 'hedges': 60.0, 'trees': 75.0}


@dataclasses.dataclass(frozen=True)
class Character:
    """What kind of place this is; all are shares or chances, 0 to 1."""

    town: float  # houses stand close to the sidewalk, have shops, and are higher
    built_up: float  # of the places for houses
    green: float  # of the places for trees
    parking: float  # of the places along the kerb
    crowd: float  # of the places for people
    wheels: float  # of the places for bicycles and motorcycles
    towers: float  # of the houses
    bare: float  # of the trees have lost their leaves
    walls: float = 0.6  # of the places for houses without one
    hedges: float = 1.0  # factor on their number


def draw_character(rng: np.random.Generator, layout: Layout) -> Character:
    """Draw the character of a place: a winding road is rather green, a grid rather a town."""
    grid = isinstance(layout, StreetGrid)
    town = float(rng.beta(2.0, 1.4) if grid else rng.beta(1.0, 2.2))
    return Character(
        town=town,
        built_up=float(np.clip(0.15 + 0.75 * town + rng.normal(0.0, 0.15), 0.05, 0.97)),
        green=float(rng.uniform(0.15, 0.8) if grid else rng.uniform(0.35, 0.95)),
        parking=float(rng.uniform(0.3, 1.0)),
        crowd=float(rng.uniform(0.15, 0.8)),
        wheels=float(rng.uniform(0.15, 0.8)),
        towers=float(rng.choice([0.0, rng.uniform(0.0, 0.5)])) * town,
        bare=float(rng.choice([0.0, rng.uniform(0.2, 1.0)], p=[0.6, 0.4])),
    )


def _opened(place: Character, share: float) -> Character:
    """Return a place with fewer and more distant houses, walls, parked cars and trees."""
    return dataclasses.replace(
        place,
        town=place.town * (1.0 - share),
        built_up=place.built_up * (1.0 - 0.7 * share),
        green=place.green * (1.0 - 0.4 * share),
        parking=place.parking * (1.0 - 0.8 * share),
        wheels=place.wheels * (1.0 - 0.7 * share),
        towers=place.towers * (1.0 - share),
        walls=place.walls * (1.0 - share),
    )


def _thinned(place: Character, share: float) -> Character:
    """Return a place with only a share of what hides the land beside the road."""
    return dataclasses.replace(
        place,
        town=place.town * share,
        built_up=place.built_up * share,
        green=place.green * share,
        parking=place.parking * share,
        crowd=place.crowd * share,
        wheels=place.wheels * share,
        walls=place.walls * share,
        hedges=place.hedges * share,
    )


def fill(
    layout: Layout, route: Route, rng: np.random.Generator, land: OpenLand | None = None
) -> Builder:
    """Fill a plan.

    Args:
        layout: The plan.
        route: Line that is driven.
        rng: Draws what stands where.
        land: Open land beside the roads, if there is any.
    """
    builder = Builder(layout, route, rng)
    character = draw_character(rng, layout)
    if layout.embankments is not None:
        character = _opened(character, layout.embankments.open_share)
    if isinstance(layout, Yard):
        _fill_yard(builder, character)
    else:
        _fill_streets(builder, character, land)
    return builder


def _fill_streets(builder: Builder, character: Character, land: OpenLand | None) -> None:
    layout, rng = builder.layout, builder.rng
    if isinstance(layout, StreetGrid):
        _corners(builder, layout)
    half, edge = layout.half_m, layout.half_m + layout.sidewalk_m
    in_verge = half + 0.5 * layout.verge_m
    trees = in_verge if layout.verge_m > 1.0 else edge + rng.uniform(-0.7, 1.5)
    wooden = rng.random() < 0.3
    for axis in layout.axes():
        for side in (-1, 1):
            place = character if land is None else _thinned(character, land.side(side).near)
            if wooden and side > 0:
                _row(builder, axis, side, (half + 0.7, 33.0, 0.9), 'poles', place)
            else:
                _row_of_lamps(builder, axis, side)
            _row_of_houses(builder, axis, side, edge, place)
            for away, step, share, kind in (
                (half + 0.4, 12.0, 0.65, 'signs'),
                (half - 1.05, 5.9, place.parking * (half > PARKING_M), 'parked'),
                (half + 0.9, 9.0, 0.55 * place.wheels, 'two-wheelers'),
                (trees, 7.5, place.green, 'trees'),
                (edge + 0.7, 8.0, 0.35 * place.hedges * (1.0 - 0.6 * place.town), 'hedges'),
                (half + 1.1, 6.0, 0.75 * place.crowd, 'people'),
                (half + 0.45, 4.0, 0.25 * place.town, 'clutter'),
                (edge + 4.0, 11.0, 0.9 * place.green * (1.0 - 0.5 * place.town), 'trees'),
                (edge + 13.0, 14.0, place.green * (1.0 - 0.6 * place.town), 'trees'),
                (edge + 24.0, 10.0, place.green * (1.0 - place.town), 'groves'),
            ):
                _row(builder, axis, side, (away, step, share), kind, place)
    if land is not None:
        fill_open_land(builder, land, character.bare)


def _corners(builder: Builder, layout: StreetGrid) -> None:
    """Put traffic lights at some crossings, one at each corner."""
    rng, out = builder.rng, layout.half_m + 0.7
    for x in layout.xs:
        for y in layout.ys:
            if builder.route.distance(float(x), float(y)) > 100.0 or rng.random() < 0.4:
                continue
            for index in range(4):
                yaw = index * np.pi / 2
                c, s = np.cos(yaw), np.sin(yaw)
                # At the right of who comes along `yaw`; arms reach to the left.
                across, along = -out, -layout.half_m - 0.8
                at = x + along * c - across * s, y + along * s + across * c
                builder.add(street_things.traffic_light(rng), float(at[0]), float(at[1]), yaw)


def _row_of_lamps(builder: Builder, axis: np.ndarray, side: int) -> None:
    rng = builder.rng
    height, step = rng.uniform(5.0, 9.0), rng.uniform(22.0, 38.0)
    arm = rng.uniform(1.0, 2.4)
    for spot in spots(axis, builder.route, side, builder.layout.half_m + 0.6, step):
        yaw = facing(spot) - np.pi / 2
        if builder.add(street_things.lamp_post(height, arm), spot.x, spot.y, yaw):
            head = (spot.x + arm * np.cos(yaw), spot.y + arm * np.sin(yaw), height)
            builder.lamps.append(head)


def _row_of_houses(
    builder: Builder, axis: np.ndarray, side: int, edge: float, place: Character
) -> None:
    rng = builder.rng
    step = 15.0 - 2.0 * place.town
    for spot in spots(axis, builder.route, side, edge, step):
        yaw = facing(spot)
        away = np.array([-np.sin(yaw), np.cos(yaw)])
        close = rng.random() < place.town
        setback = rng.uniform(0.1, 0.5) if close else rng.uniform(2.0, 14.0)
        tall = rng.random() < place.towers
        width = rng.uniform(10.0, 14.5) if close else rng.uniform(8.0, 13.0)
        depth = rng.uniform(7.0, 12.0)
        x, y = (float(value) for value in np.array([spot.x, spot.y]) + setback * away)
        shops = 0.75 * place.town if close else 0.0
        house = buildings.house(rng, width, depth, shops, tall)
        built = rng.random() < place.built_up
        if built and builder.add(house, x, y, yaw, founded=not close) and close:
            continue
        if rng.random() < place.walls:
            x, y = (float(value) for value in np.array([spot.x, spot.y]) + 0.3 * away)
            builder.add(street_things.barrier(rng, rng.uniform(6.0, step)), x, y, yaw)


def _row(
    builder: Builder,
    axis: np.ndarray,
    side: int,
    row: tuple[float, float, float],
    kind: str,
    place: Character,
) -> None:
    """Place objects of a kind along a road; `row` is how far from it, how often, and what share."""
    rng = builder.rng
    away, step, share = row
    if share <= 0:
        return
    for spot in spots(axis, builder.route, side, away, step, _REACH_M.get(kind, 100.0)):
        if rng.random() > share:
            continue
        if kind == 'parked':
            _park(builder, spot)
            continue
        x, y = spot.x + rng.uniform(-0.3, 0.3), spot.y + rng.uniform(-0.3, 0.3)
        if kind == 'two-wheelers':
            _two_wheelers(builder, spot, place)
        else:
            parts, yaw = _thing(rng, kind, spot, place)
            builder.add(parts, x, y, yaw)


def _thing(
    rng: np.random.Generator, kind: str, spot: Spot, place: Character
) -> tuple[list[Part], float]:
    """Draw an object of a kind, and its heading."""
    along = spot.yaw + (np.pi if spot.side > 0 else 0.0)  # of who drives on this side
    any_way = rng.uniform(0, 2 * np.pi)
    if kind == 'poles':
        return street_things.utility_pole(rng), spot.yaw
    if kind == 'signs':
        drawn = rng.random()
        if drawn < 0.14:
            return street_things.name_board(rng), along
        if drawn < 0.26:
            return street_things.traffic_light(rng), along
        return street_things.sign(rng), along + rng.normal(0.0, 0.15)
    if kind == 'trees':
        if rng.random() < 0.2:
            return plants.bush(rng), any_way
        return plants.tree(rng, place.bare), any_way
    if kind == 'hedges':
        return plants.hedge(rng, rng.uniform(2.5, 7.5)), spot.yaw
    if kind == 'groves':
        return plants.grove(rng), facing(spot)
    if kind == 'people':
        return people.person(rng, False), any_way
    drawn = rng.random()
    if drawn < 0.6:
        return street_things.bollard(rng), spot.yaw
    if drawn < 0.9:
        return street_things.clutter(rng), spot.yaw
    return street_things.shelter(rng), facing(spot)


def _park(builder: Builder, spot: Spot) -> None:
    """Park a vehicle, or now and then a motorcycle, along the kerb."""
    rng = builder.rng
    if rng.random() < 0.06:
        parts = people.motorcycle(rng, running=False)
    else:
        parts = vehicles.vehicle(rng, running=rng.random() < 0.12)[0]
    half = vehicles.half_length(parts)
    if half > 3.3 and rng.random() < 0.5 or not _along_kerb(builder.layout, spot, half):
        return
    yaw = spot.yaw + (np.pi if spot.side > 0 else 0.0) + rng.normal(0.0, 0.025)
    builder.add(parts, spot.x, spot.y, float(yaw), inside=True)


def _two_wheelers(builder: Builder, spot: Spot, place: Character) -> None:
    """Put a row of bicycles or a motorcycle or two on the sidewalk."""
    rng = builder.rng
    motor = rng.random() < 0.18
    count = int(rng.integers(1, 3) if motor else rng.integers(1, 2 + round(5 * place.town)))
    square = spot.yaw + np.pi / 2
    for index in range(count):
        parts = people.motorcycle(rng, running=False) if motor else people.bicycle(rng)
        out = 0.75 * (index - 0.5 * (count - 1))
        x, y = spot.x + out * np.cos(spot.yaw), spot.y + out * np.sin(spot.yaw)
        yaw = square if count > 1 else spot.yaw
        builder.add(parts, float(x), float(y), float(yaw + rng.normal(0.0, 0.12)))


def _along_kerb(layout: Layout, spot: Spot, half: float) -> bool:
    """Whether there is a kerb, not a crossing, beside a parked vehicle."""
    along = np.linspace(-half - 3.0, half + 3.0, 5)
    out = 1.6 * spot.side
    x = spot.x + along * np.cos(spot.yaw) - out * np.sin(spot.yaw)
    y = spot.y + along * np.sin(spot.yaw) + out * np.cos(spot.yaw)
    return bool((layout.edge(x, y, np) > 0).all())


def _fill_yard(builder: Builder, place: Character) -> None:
    layout, rng = builder.layout, builder.rng
    for axis in layout.axes():
        for spot in spots(axis, builder.route, -1, 0.5, rng.uniform(9.0, 16.0)):
            yaw = facing(spot)
            width, depth = rng.uniform(6.0, 14.0), rng.uniform(5.0, 9.0)
            shed = buildings.shed(rng, width, depth)
            if rng.random() < 0.55 and builder.add(shed, spot.x, spot.y, yaw):
                continue
            builder.add(street_things.barrier(rng, width), spot.x, spot.y, yaw)
        _row_of_lamps(builder, axis, -1)
        for away, step, kind in ((7.0, 8.0, 'trees'), (16.0, 9.0, 'groves')):
            _row(builder, axis, -1, (away, step, 0.3 + 0.7 * place.green), kind, place)
    _scatter(builder, np.array([layout.half_x, layout.half_y]), place)  # type: ignore[attr-defined]


def _scatter(builder: Builder, reach: np.ndarray, place: Character) -> None:
    """Put vehicles, people and clutter anywhere on a yard."""
    rng = builder.rng
    for _ in range(int(rng.integers(50, 110))):
        x, y = rng.uniform(-reach + 1.0, reach - 1.0)
        kind, yaw = rng.random(), rng.uniform(0, 2 * np.pi)
        if kind < 0.3:
            yaw = float(np.round(yaw / (np.pi / 2)) * np.pi / 2)
            parts = vehicles.vehicle(rng, running=rng.random() < 0.25)[0]
        elif kind < 0.45:
            parts = people.person(rng, False)
        elif kind < 0.52:
            parts = people.bicycle(rng)
        elif kind < 0.56:
            parts = people.motorcycle(rng, running=rng.random() < 0.3)
        elif kind < 0.63:
            parts = plants.tree(rng, place.bare)
        elif kind < 0.71:
            parts = street_things.barrier(rng, rng.uniform(3, 8))
        elif kind < 0.76:
            parts = street_things.bollard(rng)
        else:
            parts = street_things.clutter(rng)
        builder.add(parts, float(x), float(y), yaw, inside=True)
