# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One camera in a world: ideal pictures with their depth and labels, at any time."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.base.contract import THERMAL
from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.casting import Rays, camera_rays, canonical_rays, cast
from thermal_depth_ros.simulation.ground import LightMap
from thermal_depth_ros.simulation.looks import Looks
from thermal_depth_ros.simulation.parts import PartTable, joined
from thermal_depth_ros.simulation.parts import rows as chosen_rows
from thermal_depth_ros.simulation.rgb_view import (
    NightLights,
    night_lights,
    sky_light,
    surface_light,
)
from thermal_depth_ros.simulation.rig import Mounted
from thermal_depth_ros.simulation.surfaces import (
    Points,
    ground_points,
    part_columns,
    part_points,
)
from thermal_depth_ros.simulation.textures import Atlas
from thermal_depth_ros.simulation.thermal_view import sky_celsius, surface_celsius
from thermal_depth_ros.simulation.wetness import mirror_ground
from thermal_depth_ros.simulation.world import World

_SHADOWS_M = 60.0  # shadows of what moves farther away are not drawn


@dataclasses.dataclass(frozen=True, eq=False)
class Moment:
    """Poses of all objects at one time."""

    T_world_base: np.ndarray  # (4, 4)
    parts: PartTable  # standing and moving
    light: LightMap


def moment(world: World, t: float) -> Moment:
    """Put everything in its place."""
    moving = world.moving(t)
    light, T = world.light, world.motion.pose(t)
    if moving:
        climate = world.climate
        bodies = joined(moving)
        away = np.hypot(*(bodies.centre[:, :2] - T[:2, 3]).T)
        near = chosen_rows(bodies, away < _SHADOWS_M)
        light = light.with_shadows(near, climate.sun, climate.sun_power)
    return Moment(T, joined([world.static, *moving]), light)


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """Noise-free image of a camera, with ground truth."""

    channels: tuple[np.ndarray, ...]  # (H, W) each: degrees Celsius, or linear R, G, B
    depth_m: np.ndarray  # (H, W) float32 along the optical axis, Inf for the sky
    labels: np.ndarray  # (H, W) uint8


class Renderer:
    """Draws the pictures of one camera; pictures do not depend on each other."""

    def __init__(
        self,
        world: World,
        mounted: Mounted,
        looks: Looks,
        atlas: Atlas,
        powers: tuple[float, float, float, float],
    ) -> None:
        self._world, self._mounted, self._looks, self._atlas = world, mounted, looks, atlas
        self._powers = powers
        self._arrays: Arrays = atlas.arrays
        self._rays: Rays = camera_rays(mounted.camera, self._arrays)
        ids = np.concatenate([world.rows().label, [labels.SKY]]).astype(np.float32)
        self._labels = self._arrays.floats(ids)

    def draw(self, now: Moment) -> Picture:
        """Draw the picture of a moment."""
        arrays, rays = self._arrays, self._rays
        T = now.T_world_base @ self._mounted.T_base_optical
        seen = cast(now.parts, rays, T, arrays, self._world.layout)
        with arrays.quiet():
            columns = part_columns(now.parts, canonical_rays(now.parts, T))
            surfaces = [
                ground_points(seen, rays, T, self._world.layout, now.light, arrays),
                part_points(seen, rays, T, self._world.layout, columns, arrays),
            ]
            channels = self._channels(now, surfaces, T)
            depth = arrays.numpy(seen.depth).astype(np.float32)
            return Picture(channels, depth, self._label_image(surfaces))

    def _label_image(self, surfaces: Sequence[Points]) -> np.ndarray:
        image = self._arrays.full((self._rays.height * self._rays.width,), labels.SKY)
        for points in surfaces:
            image[points.pixel] = self._labels.take(points.row)
        shape = (self._rays.height, self._rays.width)
        return self._arrays.numpy(image).astype(np.uint8).reshape(shape)

    def _channels(
        self, now: Moment, surfaces: Sequence[Points], T: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        climate, looks, atlas = self._world.climate, self._looks, self._atlas
        elevation, azimuth = self._directions(T)
        if self._mounted.kind == THERMAL:
            sky = [sky_celsius(elevation, azimuth, atlas, climate, self._arrays)]
            channels = [[surface_celsius(points, looks, atlas, climate)] for points in surfaces]
        else:
            night = self._night(now)
            sky = sky_light(elevation, azimuth, atlas, climate, night, self._arrays)
            channels = [surface_light(points, looks, atlas, climate, night) for points in surfaces]
        images = []
        for channel, values in enumerate(sky):
            image = values.reshape(-1)
            for points, value in zip(surfaces, channels, strict=True):
                image[points.pixel] = value[channel]
            shaped = image.reshape(self._rays.height, self._rays.width)
            images.append(self._arrays.numpy(shaped))
        if climate.wet > 0:
            strength = climate.wet * (1.0 if self._mounted.kind != THERMAL else 0.4)
            camera = self._mounted.camera
            mirror_ground(images, surfaces[0], camera, T, strength, self._arrays)
        return tuple(images)

    def _directions(self, T: np.ndarray) -> tuple[Array, Array]:
        """Sine of the elevation, and the azimuth in rad, of every pixel (H, W)."""
        rays, xp = self._rays, self._arrays.xp
        d = [m0 * rays.x + (m1 * rays.y + m2) for m0, m1, m2 in T[:3, :3].tolist()]
        length = xp.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
        return d[2] / length, xp.arctan2(d[1], d[0])

    def _night(self, now: Moment) -> NightLights | None:
        if not self._world.climate.night:
            return None
        return night_lights(self._world.lamps, now.T_world_base, self._powers)
