# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Noise-free view of the RGB camera: linear light of every pixel, day and night."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.climate import Climate
from thermal_depth_ros.simulation.looks import Looks, Patterned, pattern_at
from thermal_depth_ros.simulation.patterns import WINDOWS_PER_TILE
from thermal_depth_ros.simulation.surfaces import Points, Triple
from thermal_depth_ros.simulation.textures import Atlas, pattern_index

_PAINT = 0.62
_YELLOW = (0.62, 0.4, 0.06)
_SUN = (1.0, 0.93, 0.8)
_SKY_LIGHT = (0.72, 0.85, 1.0)
_LAMP = (1.0, 0.78, 0.5)
_HEAD = (1.0, 0.97, 0.9)
_WINDOW = (1.0, 0.75, 0.4)
_NEAREST_LAMPS = 7


@dataclasses.dataclass(frozen=True, eq=False)
class NightLights:
    """Lamps around the vehicle, and its own head lamps."""

    lamps: np.ndarray  # (n, 3) world
    lamp_power: float
    heads: np.ndarray  # (2, 3) world
    forward: np.ndarray  # (3,) direction of the head lamps
    head_power: float
    ambient: float
    lit_share: float  # of the windows


def night_lights(
    lamps: np.ndarray, T_world_base: np.ndarray, powers: tuple[float, float, float, float]
) -> NightLights:
    """Return the lights near a vehicle.

    Args:
        lamps: (n, 3) all street lamps.
        T_world_base: (4, 4) of the vehicle.
        powers: Power of a street lamp, of the headlights and of the sky, and the fraction of lit
            windows.
    """
    ahead = T_world_base[:3, 3] + 12.0 * T_world_base[:3, 0]
    order = np.argsort(((lamps - ahead) ** 2).sum(axis=1), kind='stable')[:_NEAREST_LAMPS]
    places = np.array([[1.0, side, 0.65, 1.0] for side in (-0.4, 0.4)])
    forward = T_world_base[:3, :3] @ np.array([0.998, 0.0, -0.06])
    heads = (places @ T_world_base.T)[:, :3]
    return NightLights(lamps[order], powers[0], heads, forward, *powers[1:])


def surface_light(
    points: Points, looks: Looks, atlas: Atlas, climate: Climate, night: NightLights | None
) -> list[Array]:
    """Return the linear light [R, G, B], each (N,), that comes from points."""
    xp, row = atlas.arrays.xp, points.row
    pattern = pattern_at(points, looks, atlas)
    share = xp.clip(0.5 + 0.5 * pattern.value, 0.0, 1.0)
    light = _daylight(points, climate, xp) if night is None else _lamplight(points, night, xp)
    glow = (
        None
        if night is None
        else looks.glow.take(row) + _lit(points, looks, pattern, share, night, atlas)
    )
    # A film of water takes light from what looks up.
    dry = 1.0 - 0.45 * climate.wet * xp.clip(points.normal[2], 0.0, 1.0)
    found = []
    for k in range(3):
        base = looks.colour[k].take(row)
        tone = base + (looks.second[k].take(row) - base) * share
        tone = tone + (_PAINT - tone) * points.paint + (_YELLOW[k] - tone) * points.yellow
        value = tone * dry * light[k]
        found.append(value if glow is None else value + glow * (base * _WINDOW[k]))
    return _hazy(found, points, climate, night, xp)


def _daylight(points: Points, climate: Climate, xp: Any) -> list[Array]:
    sx, sy, sz = climate.sun.tolist()
    facing = points.normal[0] * sx + points.normal[1] * sy + points.normal[2] * sz
    sun = xp.clip(facing, 0.0, 1.0) * points.sun * (1.5 * climate.sun_power)
    level = 0.55 + 0.35 * climate.clouds
    sky = (0.62 + 0.38 * points.normal[2]) * points.sky * level
    return [sun * _SUN[k] + sky * _SKY_LIGHT[k] for k in range(3)]


def _lamplight(points: Points, night: NightLights, xp: Any) -> list[Array]:
    street = points.depth * 0.0
    for lamp in night.lamps:
        to, square, facing = _towards(points, lamp, xp)
        # A lamp shines down: what stands beside or above it gets little.
        down = xp.clip(to[2] / xp.sqrt(square), 0.0, 1.0)
        street = street + facing * down * down / square
    head = points.depth * 0.0
    for lamp in night.heads:
        to, square, facing = _towards(points, lamp, xp)
        fx, fy, fz = night.forward.tolist()
        along = -(to[0] * fx + to[1] * fy + to[2] * fz) / xp.sqrt(square)
        cone = xp.clip((along - 0.6) * (1 / 0.4), 0.0, 1.0)
        beam = cone * cone * cone
        head = head + (0.25 + 0.75 * facing) * beam * beam / square
    base = points.sky * night.ambient
    street, head = street * night.lamp_power, head * night.head_power
    return [street * _LAMP[k] + head * _HEAD[k] + base * _SKY_LIGHT[k] for k in range(3)]


def _towards(points: Points, lamp: np.ndarray, xp: Any) -> tuple[Triple, Array, Array]:
    """Return the way to a lamp, its square, and the cosine at which its light arrives."""
    x, y, z = (float(lamp[axis]) - points.place[axis] for axis in range(3))
    square = x * x + y * y + z * z + 0.2
    normal = points.normal
    facing = (x * normal[0] + y * normal[1] + z * normal[2]) / xp.sqrt(square)
    return (x, y, z), square, xp.clip(facing, 0.0, 1.0)


def _lit(
    points: Points, looks: Looks, pattern: Patterned, share: Array, night: NightLights, atlas: Atlas
) -> Array:
    """Light of illuminated windows."""
    xp, row = atlas.arrays.xp, points.row
    column = xp.floor(pattern.u * WINDOWS_PER_TILE)
    storey = xp.floor(pattern.v * WINDOWS_PER_TILE)
    mixed = column * 12.9898 + storey * 78.233 + atlas.arrays.to_float(row) * 3.77
    draw = abs(xp.sin(mixed) * 437.58) % 1.0
    at_home = atlas.arrays.to_float(draw < night.lit_share) * looks.glass.take(row)
    return at_home * xp.clip(share * 4.0 - 3.0, 0.0, 1.0) * (2.0 * (0.4 + 0.6 * draw))


def _hazy(
    light: list[Array], points: Points, climate: Climate, night: NightLights | None, xp: Any
) -> list[Array]:
    share = xp.exp(points.depth * (-1.0 / climate.visibility_m))
    level = 0.9 if night is None else 0.2 * night.ambient
    return [
        value * share + (1.0 - share) * (level * _SKY_LIGHT[k]) for k, value in enumerate(light)
    ]


def sky_light(
    elevation: Array,
    azimuth: Array,
    atlas: Atlas,
    climate: Climate,
    night: NightLights | None,
    arrays: Arrays,
) -> list[Array]:
    """Return the linear light [R, G, B] of the sky at these directions (see sky_celsius)."""
    xp = arrays.xp
    up = xp.sqrt(xp.clip(elevation, 0.0, 1.0))
    cloud = atlas.coarse(pattern_index('stone'), azimuth * (1 / np.pi), elevation * 0.9, 2)
    cover = xp.clip(0.5 * cloud + 1.6 * climate.clouds - 0.4, 0.0, 1.0)
    blue, white = (0.28, 0.47, 0.85), (0.85, 0.87, 0.9)
    level = 1.0 if night is None else 0.35 * night.ambient
    light = []
    for k in range(3):
        clear = white[k] + (blue[k] - white[k]) * up
        light.append((clear + (white[k] - 0.12 * cloud - clear) * cover) * level)
    return light
