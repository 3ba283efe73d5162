# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Noise-free view of the thermal camera: apparent temperature of every pixel."""

import numpy as np

from thermal_depth_ros.simulation import materials
from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.climate import Climate
from thermal_depth_ros.simulation.looks import Looks, pattern_at
from thermal_depth_ros.simulation.surfaces import Points
from thermal_depth_ros.simulation.textures import Atlas, pattern_index

_HAZE_M = 1200.0  # thermal radiation passes through haze better than light


def surface_celsius(points: Points, looks: Looks, atlas: Atlas, climate: Climate) -> Array:
    """Return the apparent temperature (N,) of points, degrees Celsius.

    Materials have a temperature in the shade; the sun warms what faces it; a clear sky cools what
    faces up; engines are warm at one end; the air between takes part of the contrast. Part of the
    sky's radiation is reflected, more at a slant.
    """
    xp, row = atlas.arrays.xp, points.row
    pattern = pattern_at(points, looks, atlas)
    warm = looks.warm_c.take(row) + looks.texture_k.take(row) * pattern.value
    if climate.sun_power > 0:
        sx, sy, sz = climate.sun.tolist()
        facing = points.normal[0] * sx + points.normal[1] * sy + points.normal[2] * sz
        gain = climate.sun_power * climate.overall_heat
        warm = warm + looks.sun_k.take(row) * (xp.clip(facing, 0.0, 1.0) * points.sun * gain)
    open_sky = (1.0 - climate.clouds) * (1.0 if climate.night else 0.3)
    warm = warm - looks.sky_k.take(row) * open_sky * xp.clip(points.normal[2], 0.0, 1.0)
    end = xp.clip(points.forward * 1.6 - 0.5, 0.0, 1.0)
    warm = warm + looks.engine_k.take(row) * end
    warm = warm + materials.PAINT_K * (points.paint + points.yellow)
    # Near things keep each other warm where they see less of the sky.
    warm = warm + 2.0 * open_sky * (1.0 - points.sky)
    warm = warm - _mirrored(points, looks) * xp.clip(warm - _sky_c(climate), 0.0, 60.0)
    share = xp.exp(points.depth * (-1.0 / min(_HAZE_M, 4.0 * climate.visibility_m)))
    return climate.air_c + (warm - climate.air_c) * share


def _mirrored(points: Points, looks: Looks) -> Array:
    """Share of the radiation of each point that is the sky's: half for a wall, all for a roof."""
    # Rough surfaces: much less at a slant than a polished one (Schlick 1994) has.
    share = looks.mirror.take(points.row) * (1.0 + 2.0 * (1.0 - points.facing) ** 3)
    return share * (0.5 + 0.5 * points.normal[2]) * points.sky


def _sky_c(climate: Climate) -> float:
    return 0.5 * (climate.sky_horizon_c + climate.sky_zenith_c)


def sky_celsius(
    elevation: Array, azimuth: Array, atlas: Atlas, climate: Climate, arrays: Arrays
) -> Array:
    """Return the apparent temperature of the sky: coldest overhead, warmer where clouds are.

    Args:
        elevation: Sine of the angle above the horizon.
        azimuth: Angle along the horizon, rad.
        atlas: Patterns of this camera.
        climate: Weather.
        arrays: Array backend that computes.
    """
    xp = arrays.xp
    up = xp.sqrt(xp.clip(elevation, 0.0, 1.0))
    clear = climate.sky_horizon_c + (climate.sky_zenith_c - climate.sky_horizon_c) * up
    cloud = atlas.coarse(pattern_index('stone'), azimuth * (1 / np.pi), elevation * 0.9, 2)
    amount = float(np.clip(climate.clouds * (1 - climate.clouds) * 4, 0.1, 1.0))
    return clear + xp.clip(cloud, -1.5, 1.5) * (4.0 * amount)
