# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras that differ from drive to drive: lenses, image formats and mounting.

All of it is drawn from the seed; `randomise` of the configuration says how far drives differ, from
0 (as set) to 1.
"""

import dataclasses

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.seeds import stream

FOV_DEG = {THERMAL: (24.0, 80.0), RGB: (38.0, 105.0)}
ASPECT = {THERMAL: (1.2, 2.5), RGB: (1.25, 3.2)}
_EVEN = 2
_ASIDE = 0.35  # share of RGB cameras that look aside, like those around a car
_ASIDE_DEG = 20.0, 80.0


def varied(config: SimulationConfig) -> SimulationConfig:
    """Return the configuration with the image sizes and fields of view of its seed.

    Fields of view and aspect ratios (on a logarithmic scale) lie between what is set and what is
    drawn from FOV_DEG and ASPECT. Images keep their number of pixels, nearly.
    """
    if config.randomise <= 0:
        return config
    changes: dict[str, float | int] = {}
    for kind in (THERMAL, RGB):
        rng, share = stream(config.seed, f'{kind} format'), config.randomise
        width, height = getattr(config, f'{kind}_width'), getattr(config, f'{kind}_height')
        fov = rng.uniform(*FOV_DEG[kind])
        changes[f'{kind}_fov_deg'] = float(
            (1.0 - share) * getattr(config, f'{kind}_fov_deg') + share * fov
        )
        drawn, given = np.log(rng.uniform(*ASPECT[kind])), np.log(width / height)
        aspect = float(np.exp((1.0 - share) * given + share * drawn))
        wide = max(16, _EVEN * round(float(np.sqrt(width * height * aspect)) / _EVEN))
        changes[f'{kind}_width'] = wide
        changes[f'{kind}_height'] = max(16, _EVEN * round(wide / aspect / _EVEN))
    return dataclasses.replace(config, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Mounting:
    """How far the mounting of the cameras is from the usual one."""

    height_m: float  # added
    down_rad: float  # added to the pitch of both cameras
    turn_rad: tuple[float, float, float]  # yaw, pitch and roll that one camera has more
    middle: tuple[float, float]  # shift of the principal point, shares of width and height
    stretch: float  # fy / fx


def draw_mounting(config: SimulationConfig, kind: str, cart: bool) -> Mounting:
    """Draw the mounting of one camera; height and common pitch are the same for both."""
    share = config.randomise
    both, own = stream(config.seed, 'mounting'), stream(config.seed, f'{kind} mounting')
    height = both.uniform(-0.35, 0.3) if cart else both.uniform(-0.4, 0.9)
    yaw, pitch, roll = (share * np.radians(own.normal(0.0, (2.5, 1.0, 1.2)))).tolist()
    middle = (share * own.normal(0.0, 0.02, 2)).tolist()
    stretch = 1.0 + share * float(own.normal(0.0, 0.006))
    aside = own.uniform(-1.0, 1.0)  # its size decides whether, its sign on which side
    if kind == RGB and abs(aside) < share * _ASIDE:
        yaw += float(np.copysign(np.radians(own.uniform(*_ASIDE_DEG)), aside))
    return Mounting(
        height_m=share * float(height),
        down_rad=share * float(np.radians(both.normal(0.0, 3.5))),
        turn_rad=(yaw, pitch, roll),
        middle=(middle[0], middle[1]),
        stretch=stretch,
    )
