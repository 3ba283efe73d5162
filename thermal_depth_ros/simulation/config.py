# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a synthetic drive: seed, length, world, light, cameras."""

import dataclasses

import numpy as np

from thermal_depth_ros.settings import setting

MIXED = 'mixed'
SCENES = ('street', 'winding', 'yard')
LIGHTS = ('day', 'night')
SHUTTERS = ('frozen', 'flat')


@dataclasses.dataclass(frozen=True)
class SimulationConfig:
    """What is simulated. The same values always give the same recording."""

    seed: int = setting(
        0, 'draws the world, the weather, the drive and all noise', minimum=0, maximum=2**31 - 1
    )
    duration_s: float = setting(30.0, 'length of the drive, s', minimum=0.2, maximum=3600.0)
    scene: str = setting(
        MIXED, 'kind of world; mixed: drawn from the seed', choices=(*SCENES, MIXED)
    )
    light: str = setting(
        MIXED, 'time of the drive; mixed: drawn from the seed', choices=(*LIGHTS, MIXED)
    )
    still: bool = setting(False, 'the vehicle stands still during the whole drive')
    thermal_width: int = setting(320, 'thermal image width, pixels', minimum=16, maximum=4096)
    thermal_height: int = setting(256, 'thermal image height, pixels', minimum=16, maximum=4096)
    thermal_fov_deg: float = setting(
        58.0, 'thermal horizontal field of view, degrees', minimum=5.0, maximum=120.0
    )
    thermal_rate_hz: float = setting(10.0, 'thermal frame rate, Hz', minimum=0.1, maximum=120.0)
    rgb_width: int = setting(320, 'RGB image width, pixels', minimum=16, maximum=4096)
    rgb_height: int = setting(256, 'RGB image height, pixels', minimum=16, maximum=4096)
    rgb_fov_deg: float = setting(
        66.0, 'RGB horizontal field of view, degrees', minimum=5.0, maximum=120.0
    )
    rgb_rate_hz: float = setting(10.0, 'RGB frame rate, Hz', minimum=0.1, maximum=120.0)
    rgb_transport: str = setting(
        'raw',
        'how RGB images are stored; jpeg and png go to rgb/image_raw/compressed',
        choices=('raw', 'jpeg', 'png'),
    )
    distortion: float = setting(
        0.0, 'first radial coefficient k1 of both lenses (plumb_bob)', minimum=-0.4, maximum=0.4
    )
    wheel_rate_hz: float = setting(50.0, 'wheel odometry rate, Hz', minimum=1.0, maximum=1000.0)
    shutter: str = setting(
        MIXED,
        'what the thermal camera sends while its shutter is closed: the last image, or the '
        'shutter; mixed: drawn from the seed',
        choices=(*SHUTTERS, MIXED, 'none'),
    )
    shutter_period_s: float = setting(
        25.0, 'mean time between shutter events, s', minimum=2.0, maximum=3600.0
    )
    device: str = setting('cpu', 'cpu, or a torch device such as cuda for the ray caster')


def choose(rng: np.random.Generator, wanted: str, options: tuple[str, ...]) -> str:
    """Return a setting, or one of its options where it is MIXED; always draws once."""
    drawn = options[int(rng.integers(len(options)))]
    return drawn if wanted == MIXED else wanted
