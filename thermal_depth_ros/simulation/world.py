# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A world drawn from a seed: plan, climate, everything in it, and the drive through it."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import filling
from thermal_depth_ros.simulation.climate import Climate, draw_climate
from thermal_depth_ros.simulation.config import SCENES, SimulationConfig, choose
from thermal_depth_ros.simulation.ground import LightMap, ground_rows, make_light_map
from thermal_depth_ros.simulation.layouts import LANE_M, Layout, draw_layout, with_embankments
from thermal_depth_ros.simulation.motion import Motion, draw_shake
from thermal_depth_ros.simulation.movers import Traveller, draw_movers
from thermal_depth_ros.simulation.open_land import draw_open_land
from thermal_depth_ros.simulation.parts import PartTable, joined
from thermal_depth_ros.simulation.placing import on_level_ground
from thermal_depth_ros.simulation.route import smooth_route
from thermal_depth_ros.simulation.seeds import stream
from thermal_depth_ros.simulation.speed import Handling, Stop, drive_along

_MARGIN_M = 70.0  # of the light map around the route


@dataclasses.dataclass(frozen=True, eq=False)
class World:
    """All visible objects, at any time."""

    layout: Layout
    climate: Climate
    motion: Motion
    cart: bool  # the vehicle is a hand cart or a small robot, not a car
    static: PartTable
    movers: list[Traveller]
    lamps: np.ndarray  # (n, 3) street lamps
    light: LightMap
    ground: PartTable  # looks of the ground's classes

    def moving(self, t: float) -> list[PartTable]:
        """Return the parts of everything that moves, at a time."""
        return [mover.at(t) for mover in self.movers]

    def rows(self) -> PartTable:
        """Return the looks of all parts: ground classes, standing things, moving things."""
        return joined([self.ground, self.static, *(mover.rows for mover in self.movers)])


def draw_world(config: SimulationConfig) -> World:
    """Draw the world and the drive of a configuration."""
    seed = config.seed
    rng = stream(seed, 'plan')
    scene = choose(rng, config.scene, SCENES)
    cart = scene == 'yard' or (scene == 'street' and rng.random() < 0.15)
    climate = draw_climate(config)
    handling = _handling(rng, scene, cart)
    length = handling.cruise * config.duration_s + 60.0
    level = draw_layout(scene, length, rng)
    layout = with_embankments(level, config.embankments, stream(seed, 'embankments'))
    corners = layout.route(length, rng)
    offset = 0.0 if scene == 'yard' else LANE_M / 2
    smoothing = 1.2 if cart else 5.0
    route = smooth_route(corners, smoothing, offset)
    motion = _motion(config, route, handling, cart)
    land = draw_open_land(config.open_land, stream(seed, 'open land'))
    builder = filling.fill(layout, route, stream(seed, 'things'), land)
    static = builder.table()
    middle = smooth_route(corners, smoothing)
    movers = draw_movers(layout, middle, motion, builder, stream(seed, 'movers'))
    driven = route.xy[route.s <= motion.s[-1] + 1.0]
    low, high = driven.min(axis=0) - _MARGIN_M, driven.max(axis=0) + _MARGIN_M
    standing = on_level_ground(layout, static)
    light = make_light_map(standing, low, high, climate.sun, climate.sun_power)
    lamps = np.array(builder.lamps).reshape(-1, 3)
    ground = ground_rows(layout, stream(seed, 'ground'))
    return World(layout, climate, motion, cart, static, movers, lamps, light, ground)


def _handling(rng: np.random.Generator, scene: str, cart: bool) -> Handling:
    if cart:
        return Handling(float(rng.uniform(0.6, 1.9)), 0.6, 0.8, 0.5, 0.25)
    cruise = rng.uniform(6.0, 15.0) if scene == 'winding' else rng.uniform(4.0, 11.0)
    return Handling(float(cruise), float(rng.uniform(1.2, 2.2)), 2.2, 2.0, 0.35)


def _motion(config: SimulationConfig, route: object, handling: Handling, cart: bool) -> Motion:
    rng = stream(config.seed, 'motion')
    stops = []
    if config.stationary:
        stops.append(Stop(0.0, 2 * config.duration_s + 10.0))
    elif rng.random() < 0.35:
        stops.append(Stop(0.0, float(rng.uniform(0.5, 3.0))))
    place = 0.0
    while place < handling.cruise * config.duration_s:
        place += float(rng.uniform(4.0, 22.0)) * handling.cruise
        stops.append(Stop(place, float(rng.uniform(0.8, 4.0))))
    # Driving begins before the recording does, so that not every drive starts from rest.
    lead = 0.0 if stops[0].s == 0.0 else 5.0
    s, v = drive_along(route, handling, stops, config.duration_s + lead + 2.0)  # type: ignore[arg-type]
    skip = int(lead * 100)
    shake = draw_shake(rng, float(rng.uniform(0.4, 1.6)) * (1.6 if cart else 1.0))
    suspension = 0.0 if cart else float(rng.uniform(0.004, 0.012))
    return Motion(route, s[skip:], v[skip:], shake, suspension)  # type: ignore[arg-type]
