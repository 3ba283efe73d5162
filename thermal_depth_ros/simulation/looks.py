# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Intrinsic appearance of surfaces for one camera: pattern, colour, temperature."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import materials, patterns
from thermal_depth_ros.simulation.arrays import Array, Arrays
from thermal_depth_ros.simulation.climate import Climate
from thermal_depth_ros.simulation.parts import PartTable
from thermal_depth_ros.simulation.surfaces import Points
from thermal_depth_ros.simulation.textures import Atlas, pattern_index

_WIDE_M, _WIDE_LEVEL, _WIDE_SHARE = 17.0, 3, 0.22
_GRAIN_TILES, _GRAIN_SHARE = 4.7, 0.3  # a finer pattern on top of every other


@dataclasses.dataclass(frozen=True, eq=False)
class Looks:
    """Rows of World.rows() as columns on the device."""

    pattern: Array
    tiles_per_m: Array
    phase: tuple[Array, Array]
    colour: tuple[Array, ...]
    second: tuple[Array, ...]
    glow: Array
    glass: Array  # 1 where the pattern has windows that may be lit
    warm_c: Array  # temperature in the shade
    sun_k: Array
    texture_k: Array
    sky_k: Array
    mirror: Array
    engine_k: Array
    wide: Array  # share of the slow change over the world, which moving things do not have


_SHIFT_K = 1.2  # deviation of a material's temperature from drive to drive
_WET_SHARE = 0.65  # of their differences in temperature that wet surfaces lose


def make_looks(
    rows: PartTable, still: int, climate: Climate, arrays: Arrays, rng: np.random.Generator
) -> Looks:
    """Gather the looks of all rows, of which the first `still` never move.

    Args:
        rows: Ground classes and parts.
        still: How many of them never move.
        climate: Weather.
        arrays: Array backend that stores them.
        rng: Draws how far the temperatures and emissivities of this place differ from the usual.
    """
    kinds = [_individual(materials.MATERIALS[name], climate, rng) for name in materials.NAMES]

    def of(values: list[float]) -> Array:
        return arrays.floats(np.array(values)[rows.material])

    number = [pattern_index(kind.pattern) for kind in kinds]
    base = [kind.night_k if climate.night else kind.day_k * climate.overall_heat for kind in kinds]
    warm = climate.air_c + np.array(base)[rows.material] + rows.warmth
    # The colder it is outside, the more of the body's warmth a coat keeps in.
    cloth = rows.material == materials.NAMES.index('cloth')
    coat = climate.air_c + 0.35 * (materials.SKIN_C - climate.air_c) + 2.0 + rows.warmth
    warm = np.where(cloth, coat, warm)
    skin = rows.material == materials.NAMES.index('skin')
    warm = np.where(skin, materials.SKIN_C - 0.12 * (20.0 - climate.air_c), warm)
    return Looks(
        pattern=arrays.integers(np.array(number)[rows.material]),
        tiles_per_m=of([1.0 / kind.tile_m for kind in kinds]),
        phase=(arrays.floats(rows.phase[:, 0]), arrays.floats(rows.phase[:, 1])),
        colour=tuple(arrays.floats(rows.colour[:, k]) for k in range(3)),
        second=tuple(arrays.floats(rows.second[:, k]) for k in range(3)),
        glow=arrays.floats(rows.glow),
        glass=of([float(kind.pattern == 'facade') for kind in kinds]),
        warm_c=arrays.floats(warm),
        sun_k=of([kind.sun_k for kind in kinds]),
        texture_k=of([kind.texture_k for kind in kinds]),
        sky_k=of([kind.sky_k for kind in kinds]),
        mirror=of([kind.mirror for kind in kinds]),
        engine_k=arrays.floats(rows.engine),
        wide=arrays.floats(_WIDE_SHARE * (np.arange(len(rows)) < still)),
    )


def _individual(
    kind: materials.Material, climate: Climate, rng: np.random.Generator
) -> materials.Material:
    """Return a material as it is in this drive: dry or wet, warmer or colder, shiny or dull."""
    dry = 1.0 - _WET_SHARE * climate.wet
    heat, sheen, contrast, mirror = np.exp(rng.normal(0.0, (0.2, 0.35, 0.3, 0.4)))
    shift = float(rng.normal(0.0, _SHIFT_K))  # wind, moisture, what it stored the day before
    return dataclasses.replace(
        kind,
        day_k=kind.day_k * dry * heat + shift,
        night_k=kind.night_k * dry * heat + shift,
        sun_k=kind.sun_k * dry * heat,
        texture_k=kind.texture_k * dry * contrast,
        sky_k=min(kind.sky_k * sheen, 9.0),
        mirror=min(kind.mirror * mirror, 0.4),
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Patterned:
    """The pattern at every point."""

    value: Array  # about -1 to 1
    u: Array  # place in the pattern, tiles
    v: Array


def pattern_at(points: Points, looks: Looks, atlas: Atlas) -> Patterned:
    """Sample the pattern at every point, with a slow variation that avoids repetition."""
    row = points.row
    scale = looks.tiles_per_m.take(row)
    u = points.across * scale + looks.phase[0].take(row)
    v = points.up * scale + looks.phase[1].take(row)
    texel = points.footprint * scale * float(patterns.SIZE)
    value = atlas.sample(looks.pattern.take(row), u, v, texel)
    fine = (u * _GRAIN_TILES, v * _GRAIN_TILES)
    value = value + _GRAIN_SHARE * atlas.sample(pattern_index('lawn'), *fine, texel * _GRAIN_TILES)
    wide = (points.place[0] * (1 / _WIDE_M), (points.place[1] + points.place[2]) * (1 / _WIDE_M))
    slow = atlas.coarse(pattern_index('stone'), *wide, _WIDE_LEVEL)
    return Patterned(value + slow * looks.wide.take(row), u, v)
