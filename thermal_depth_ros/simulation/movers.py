# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Moving objects: vehicles and pedestrians."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import materials, people, vehicles
from thermal_depth_ros.simulation.layouts import LANE_M, PARKING_M, WIDE_M, Layout, Yard
from thermal_depth_ros.simulation.motion import Motion
from thermal_depth_ros.simulation.parts import Part, PartTable, pitch_matrix, placed, table
from thermal_depth_ros.simulation.placing import Builder
from thermal_depth_ros.simulation.relief import bank_height
from thermal_depth_ros.simulation.route import Route

_STEPS_PER_M = 1.25  # a pair of steps every 1.6 m
_LEVEL_M = 0.05  # people walk where the ground is level to this


@dataclasses.dataclass(frozen=True, eq=False)
class Traveller:
    """An object that goes along a line, there and back or once."""

    rows: PartTable  # in its own frame
    line: Route
    start: float  # m along the line
    speed: float  # m/s, negative against the line
    back_and_forth: bool
    follows: Motion | None = None  # keeps this far in front of a vehicle instead
    height_m: float = 0.0  # of the ground that it goes on

    def at(self, t: float) -> PartTable:
        """Return the parts in the world at a time."""
        way = self.start + self.speed * t
        if self.follows is not None:
            # A gap that breathes as the distance to a vehicle in front does.
            way = self.start + self.follows.length(t) + 2.0 * np.sin(0.25 * t)
        turned = self.speed < 0
        if self.back_and_forth:
            lap = way % (2 * self.line.length_m)
            turned ^= lap > self.line.length_m
            way = min(lap, 2 * self.line.length_m - lap)
        x, y, yaw = self.line.pose(way)
        body = _striding(self.rows, self.speed * t) if self.rows.swing.any() else self.rows
        return placed(body, float(x), float(y), float(yaw) + np.pi * turned, self.height_m)


def _striding(rows: PartTable, way: float) -> PartTable:
    """Swing legs and arms about their upper ends."""
    angle = rows.swing * np.sin(2 * np.pi * _STEPS_PER_M * 0.5 * way)
    rotation, centre = rows.rotation.copy(), rows.centre.copy()
    for row in np.flatnonzero(rows.swing):
        turn = pitch_matrix(float(angle[row]))
        joint = centre[row] + [0.0, 0.0, rows.half[row, 2]]
        centre[row] = joint + turn @ (centre[row] - joint)
        rotation[row] = turn @ rotation[row]
    return dataclasses.replace(rows, rotation=rotation, centre=centre)


def draw_movers(
    layout: Layout, middle: Route, motion: Motion, builder: Builder, rng: np.random.Generator
) -> list[Traveller]:
    """Draw everything that moves in a world.

    Args:
        layout: The plan.
        middle: Line along the middle of the road.
        motion: Motion of the vehicle; it may follow a car.
        builder: World with the static objects.
        rng: Draws it.
    """
    if isinstance(layout, Yard):
        return _walkers_in_yard(layout, motion.route, rng)
    return [
        *_traffic(middle, motion, rng),
        *_cyclists(layout, middle, rng),
        *_walkers_on_sidewalks(layout, middle, builder, rng),
    ]


def _traffic(middle: Route, motion: Motion, rng: np.random.Generator) -> list[Traveller]:
    travellers = []
    if rng.random() < 0.45:
        parts, half = vehicles.vehicle(rng, running=True)
        rows = table(parts, materials.NAMES, rng)
        gap = rng.uniform(9.0, 22.0) + half
        travellers.append(Traveller(rows, motion.route, gap, 1.0, False, motion))
    place, speed = rng.uniform(25.0, 60.0), rng.uniform(4.0, 11.0)
    opposite = offset_route(middle, -LANE_M / 2)
    for _ in range(int(rng.integers(2, 18))):
        parts = _on_the_road(rng)
        half = vehicles.half_length(parts)
        rows = table(parts, materials.NAMES, rng)
        travellers.append(Traveller(rows, opposite, place + half, -speed, False))
        place += rng.uniform(14.0, 70.0) + 2 * half
    return travellers


def _on_the_road(rng: np.random.Generator) -> list[Part]:
    """Draw what comes along a road."""
    kind = rng.choice(4, p=[0.85, 0.06, 0.07, 0.02])
    if kind == 0:
        return vehicles.vehicle(rng, running=True)[0]
    if kind == 3:
        return vehicles.tram(rng, running=True)
    return people.cyclist(rng) if kind == 1 else people.motorcyclist(rng)


def _cyclists(layout: Layout, middle: Route, rng: np.random.Generator) -> list[Traveller]:
    """Draw cyclists who keep to the edges of the road, in both directions."""
    travellers = []
    for _ in range(int(rng.integers(0, 9))):
        # On the own side clear of the camera's lane, or towards it on the other side.
        oncoming = rng.random() < 0.5
        # Parked vehicles stand where the road is wide enough, see placing.
        aside = layout.half_m - (2.7 if layout.half_m > WIDE_M else 0.55)
        if PARKING_M < layout.half_m < WIDE_M or (not oncoming and aside < LANE_M / 2 + 2.0):
            continue
        line = offset_route(middle, -aside if oncoming else aside)
        rows = table(people.cyclist(rng), materials.NAMES, rng)
        speed = float(rng.uniform(2.5, 6.5)) * (-1.0 if oncoming else 1.0)
        start = float(rng.uniform(5.0, max(line.length_m, 10.0)))
        travellers.append(Traveller(rows, line, start, speed, False))
    return travellers


def _walkers_on_sidewalks(
    layout: Layout, middle: Route, builder: Builder, rng: np.random.Generator
) -> list[Traveller]:
    travellers = []
    for _ in range(int(rng.integers(8, 30))):
        side = rng.choice([-1.0, 1.0])
        away = layout.half_m + rng.uniform(1.0, max(layout.sidewalk_m - 0.4, 1.1))
        start = rng.uniform(0.0, middle.length_m)
        x, y, yaw = middle.pose(np.array([start, start + rng.uniform(12.0, 30.0)]))
        line = np.stack([x + side * away * np.sin(yaw), y - side * away * np.cos(yaw)], axis=1)
        between = np.linspace(line[0], line[1], 20)
        edge = layout.edge(between[:, 0], between[:, 1], np)
        if (edge < 0.4).any() or np.hypot(*(line[1] - line[0])) < 4.0:
            continue
        if (np.abs(bank_height(layout, between[:, 0], between[:, 1], np)) > _LEVEL_M).any():
            continue
        travellers.append(_walker(_straight(line), rng, layout.kerb_m))
    return travellers


def _walkers_in_yard(layout: Yard, route: Route, rng: np.random.Generator) -> list[Traveller]:
    travellers = []
    reach = np.array([layout.half_x, layout.half_y]) - 2.0
    for _ in range(60):
        line = rng.uniform(-reach, reach, (2, 2))
        points = np.linspace(line[0], line[1], 12)
        near = min(route.distance(*point) for point in points)
        if near > 1.6 and np.hypot(*(line[1] - line[0])) > 5.0:
            travellers.append(_walker(_straight(line), rng))
        if len(travellers) >= 6:
            break
    return travellers


def _walker(line: Route, rng: np.random.Generator, height_m: float = 0.0) -> Traveller:
    rows = table(people.person(rng, True), materials.NAMES, rng)
    speed = float(rng.uniform(0.7, 1.8))
    start = float(rng.uniform(0.0, line.length_m))
    return Traveller(rows, line, start, speed, True, height_m=height_m)


def _straight(line: np.ndarray) -> Route:
    step = line[1] - line[0]
    length = float(np.hypot(*step))
    heading = np.full(2, np.arctan2(step[1], step[0]))
    return Route(np.array([0.0, length]), line, heading, np.zeros(2))


def offset_route(route: Route, right_m: float) -> Route:
    """Return a line beside another one, to its right."""
    right = np.stack([np.sin(route.heading), -np.cos(route.heading)], axis=1)
    xy = route.xy + right_m * right
    s = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    return Route(s, xy, route.heading, np.zeros_like(s))
