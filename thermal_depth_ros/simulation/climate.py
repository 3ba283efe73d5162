# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weather and time of a drive."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation.config import LIGHTS, choose
from thermal_depth_ros.simulation.seeds import stream


@dataclasses.dataclass(frozen=True, eq=False)
class Climate:
    """Light and temperatures outside."""

    night: bool
    air_c: float
    sun: np.ndarray  # (3,) unit vector towards the sun
    sun_power: float  # 0 (overcast or night) to 1
    clouds: float  # 0 clear to 1 overcast
    sky_zenith_c: float
    sky_horizon_c: float
    visibility_m: float  # distance at which haze takes 63 % of the contrast
    overall_heat: float  # how far the sun has warmed the ground by now, 0 to 1


def draw_climate(seed: int, light: str) -> Climate:
    """Draw the climate of a drive.

    Args:
        seed: Random seed of the drive.
        light: 'day', 'night' or 'mixed'.
    """
    rng = stream(seed, 'climate')
    night = choose(rng, light, LIGHTS) == 'night'
    clouds = float(rng.beta(0.8, 0.9))
    air = float(rng.uniform(-4.0, 20.0) if night else rng.uniform(2.0, 32.0))
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(14.0, 62.0))
    sun = np.array(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
    )
    power = 0.0 if night else float((1.0 - clouds) ** 0.7)
    return Climate(
        night=night,
        air_c=air,
        sun=sun,
        sun_power=power,
        clouds=clouds,
        sky_zenith_c=air - 6.0 - 30.0 * (1.0 - clouds) ** 1.2,
        sky_horizon_c=air - 2.0 - 4.0 * (1.0 - clouds),
        visibility_m=float(rng.uniform(250.0, 1500.0)),
        overall_heat=float(rng.uniform(0.4, 1.0)),
    )
