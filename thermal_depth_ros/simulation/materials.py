# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Materials: their pattern, and how warm they get by day and by night."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Material:
    """Material of a surface. Temperatures are in K above the air."""

    pattern: str
    tile_m: float  # size of a tile of the pattern
    day_k: float  # in the shade, at noon
    night_k: float
    sun_k: float  # more where the sun stands above the surface
    texture_k: float  # per unit of the pattern
    sky_k: float  # less on surfaces that face a clear sky at night
    upright: bool = False  # the pattern begins at the foot of a surface
    mirror: float = 0.04  # share of the radiation that is reflected, seen from the front


MATERIALS = {
    'asphalt': Material('asphalt', 3.0, 4.0, 3.5, 14.0, 1.17, 2.0),
    'slabs': Material('slabs', 3.0, 3.0, 1.5, 10.0, 1.04, 2.0),
    'pavers': Material('pavers', 2.4, 3.2, 1.8, 11.0, 1.04, 2.0),
    'kerbstone': Material('kerbstone', 2.0, 3.0, 2.5, 10.0, 0.8, 1.5),
    'lawn': Material('lawn', 2.5, -0.5, -2.0, 5.0, 1.43, 2.5, mirror=0.03),
    'gravel': Material('lawn', 1.2, 2.0, 0.5, 10.0, 1.3, 2.0),
    'concrete': Material('slabs', 7.0, 3.5, 2.5, 12.0, 1.3, 2.0),
    'shop': Material('shop', 3.0, 1.0, 4.0, 4.0, 1.3, 0.5, True),
    'lettering': Material('lettering', 1.6, 0.5, -1.0, 9.0, 0.4, 2.0, True, mirror=0.08),
    'paintwork': Material('plain', 1.0, 0.5, -1.0, 9.0, 0.4, 2.0, mirror=0.12),
    'facade': Material('facade', 6.4, 1.0, 2.5, 9.0, 1.69, 0.5, True),
    'bricks': Material('bricks', 2.0, 2.0, 3.5, 10.0, 1.17, 0.5),
    'plaster': Material('stone', 2.4, 1.0, 2.0, 9.0, 1.04, 0.5),
    'roof': Material('planks', 3.0, 3.0, -2.0, 16.0, 1.3, 4.0),
    'planks': Material('planks', 2.0, 1.0, -0.5, 8.0, 1.17, 1.0),
    'metal': Material('sheet', 1.5, -0.5, -2.5, 8.0, 1.17, 5.0, mirror=0.15),
    'glass': Material('plain', 3.0, -1.5, -2.5, 2.0, 0.91, 4.0, mirror=0.18),
    'rubber': Material('sheet', 0.6, 2.0, 0.5, 5.0, 1.04, 0.5),
    'bark': Material('lawn', 0.8, 0.5, 0.8, 4.0, 1.17, 0.3),
    'leaves': Material('leaves', 1.6, -0.5, -0.3, 2.5, 1.04, 0.8, mirror=0.03),
    'cloth': Material('cloth', 0.7, 5.0, 6.0, 3.0, 1.69, 0.3),
    'skin': Material('cloth', 0.5, 0.0, 0.0, 0.0, 0.78, 0.0),
}
NAMES = tuple(MATERIALS)
PAINT_K = -1.5  # road paint is cooler than the asphalt beside it
SKIN_C = 32.5  # skin keeps its own temperature whatever the air has
