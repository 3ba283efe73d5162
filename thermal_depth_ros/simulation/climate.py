# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weather and time of a drive."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation.config import LIGHTS, MIXED, SimulationConfig, choose
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
    wet: float = 0.0  # how wet the ground is, 0 to 1
    rain: float = 0.0  # 0 none to 1 heavy


_ODDS = {'dry': 0.74, 'wet': 0.08, 'rain': 0.12, 'fog': 0.06}


def draw_climate(config: SimulationConfig) -> Climate:
    """Draw the climate of a drive."""
    climate = _dry_climate(config)
    rng = stream(config.seed, 'weather')
    drawn = str(rng.choice(list(_ODDS), p=list(_ODDS.values())))
    weather = drawn if config.weather == MIXED else config.weather
    wet, heavy, sight = rng.uniform(0.4, 1.0), rng.uniform(0.2, 1.0), rng.uniform(35.0, 220.0)
    grey = float(rng.uniform(0.88, 1.0))
    # Low clouds are nearly as warm as the air: trees and facades then hardly differ from the sky.
    drop, horizon = float(rng.uniform(0.5, 8.0)), rng.uniform(-0.1, 0.6)
    if weather == 'dry':
        return climate
    if weather == 'wet':
        return dataclasses.replace(climate, wet=float(wet))
    air = climate.air_c
    covered = dataclasses.replace(
        climate,
        clouds=max(climate.clouds, grey),
        sun_power=0.0,
        sky_zenith_c=air - drop,
        sky_horizon_c=air - float(horizon) * drop,
        overall_heat=0.5 * climate.overall_heat,
    )
    if weather == 'fog':
        return dataclasses.replace(covered, visibility_m=float(sight))
    sight = climate.visibility_m / (1.0 + 3.0 * heavy)
    return dataclasses.replace(covered, wet=1.0, rain=float(heavy), visibility_m=float(sight))


def _dry_climate(config: SimulationConfig) -> Climate:
    rng = stream(config.seed, 'climate')
    night = choose(rng, config.light, LIGHTS) == 'night'
    clouds = float(rng.beta(0.8, 0.9))
    air = float(rng.uniform(-4.0, 20.0) if night else rng.uniform(2.0, 32.0))
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(9.0, 65.0))
    sun = np.array(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
    )
    horizon = float(rng.normal(2.0, 1.0))
    power = 0.0 if night else float((1.0 - clouds) ** 0.7)
    return Climate(
        night=night,
        air_c=air,
        sun=sun,
        sun_power=power,
        clouds=clouds,
        sky_zenith_c=air - 6.0 - 30.0 * (1.0 - clouds) ** 1.2,
        sky_horizon_c=air - max(horizon, 0.0) - 4.0 * (1.0 - clouds),
        visibility_m=float(rng.uniform(250.0, 1500.0)),
        overall_heat=float(rng.uniform(0.4, 1.0)),
    )
