# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a synthetic drive: seed, length, world, light, cameras."""

import dataclasses

import numpy as np

from thermal_depth_ros.base.settings import setting

MIXED = 'mixed'
SCENES = ('street', 'winding', 'yard')
LIGHTS = ('day', 'night')
WEATHERS = ('dry', 'wet', 'rain', 'fog')
TEXTURES = ('procedural', 'photographs')
SHUTTERS = ('frozen', 'flat')


@dataclasses.dataclass(frozen=True)
class SimulationConfig:
    """World, drive and cameras; the same values always give the same recording."""

    seed: int = setting(
        0,
        'Random seed of the world, the weather, the route and all noise',
        minimum=0,
        maximum=2**31 - 1,
    )
    duration_s: float = setting(30.0, 'Length of the drive, s', minimum=0.2, maximum=3600.0)
    scene: str = setting(
        MIXED, 'Kind of world; mixed draws it from the seed', choices=(*SCENES, MIXED)
    )
    light: str = setting(
        MIXED, 'Time of day; mixed draws it from the seed', choices=(*LIGHTS, MIXED)
    )
    weather: str = setting(
        MIXED,
        'Weather: dry, wet (after rain), rain or fog; mixed draws it from the seed, mostly dry',
        choices=(*WEATHERS, MIXED),
    )
    randomise: float = setting(
        0.0,
        'How far cameras differ from drive to drive: fields of view, aspect ratios, mounting, '
        'exposure, colours, noise, blur, dirt and faults, drawn from the seed. 0 keeps sizes and '
        'fields of view as they are set, 1 draws from the widest ranges',
        minimum=0.0,
        maximum=1.0,
    )
    embankments: float = setting(
        0.0,
        'Share of drives whose ground rises (up to 4 m) or falls beside the road; yards stay level',
        minimum=0.0,
        maximum=1.0,
    )
    open_land: float = setting(
        0.0,
        'Share of drives with open land beside the road, on one or both sides: few things near it, '
        'woods, houses and cars 25 to 120 m away; yards stay as they are',
        minimum=0.0,
        maximum=1.0,
    )
    textures: str = setting(
        'procedural',
        'Surfaces: procedural, or mixed with photographs of bricks, grass and gravel from the '
        'package scikit-image, which has to be installed',
        choices=TEXTURES,
    )
    stationary: bool = setting(
        False,
        'Keep the vehicle stationary for the whole drive',
        renamed_from='still',
    )
    thermal_width: int = setting(320, 'Width of thermal images, pixels', minimum=16, maximum=4096)
    thermal_height: int = setting(256, 'Height of thermal images, pixels', minimum=16, maximum=4096)
    thermal_fov_deg: float = setting(
        58.0, 'Horizontal field of view of the thermal camera, degrees', minimum=5.0, maximum=120.0
    )
    thermal_rate_hz: float = setting(
        10.0, 'Frame rate of the thermal camera, Hz', minimum=0.1, maximum=120.0
    )
    rgb_width: int = setting(320, 'Width of RGB images, pixels', minimum=16, maximum=4096)
    rgb_height: int = setting(256, 'Height of RGB images, pixels', minimum=16, maximum=4096)
    rgb_fov_deg: float = setting(
        66.0, 'Horizontal field of view of the RGB camera, degrees', minimum=5.0, maximum=120.0
    )
    rgb_rate_hz: float = setting(
        10.0, 'Frame rate of the RGB camera, Hz', minimum=0.1, maximum=120.0
    )
    rgb_transport: str = setting(
        'raw',
        'Storage of RGB images; jpeg and png use the topic rgb/image_raw/compressed',
        choices=('raw', 'jpeg', 'png'),
    )
    camera_height_m: float = setting(
        0.0,
        'Height of both cameras above the ground, m; 0 draws it from the seed, by the vehicle',
        minimum=0.0,
        maximum=10.0,
    )
    camera_gain: float = setting(
        1.0,
        'Factor on the exposure of the RGB camera and on the counts of the thermal camera per '
        'kelvin',
        minimum=0.1,
        maximum=10.0,
    )
    distortion: float = setting(
        0.0,
        'Radial distortion coefficient k1 of both lenses (plumb_bob)',
        minimum=-0.4,
        maximum=0.4,
    )
    wheel_rate_hz: float = setting(
        50.0, 'Rate of the wheel odometry, Hz', minimum=1.0, maximum=1000.0
    )
    shutter: str = setting(
        MIXED,
        'What the thermal camera sends while its shutter is closed: frozen (the last image), '
        'flat (the shutter) or none; mixed draws it from the seed',
        choices=(*SHUTTERS, MIXED, 'none'),
    )
    shutter_period_s: float = setting(
        25.0, 'Mean time between shutter events, s', minimum=2.0, maximum=3600.0
    )
    device: str = setting(
        'cpu', 'Compute device of the ray caster: cpu, or a torch device such as cuda'
    )


def choose(rng: np.random.Generator, wanted: str, options: tuple[str, ...]) -> str:
    """Return a setting, or one of its options where it is MIXED; always draws once."""
    drawn = options[int(rng.integers(len(options)))]
    return drawn if wanted == MIXED else wanted
