# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trees, bushes and hedges, built of parts. Foliage has holes, see sieves."""

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, BOX
from thermal_depth_ros.simulation.parts import Colour, Part, rod, shaded

_BARK = (0.13, 0.105, 0.085)
_LABEL = labels.VEGETATION
_NEAR_M, _FAR_M = 35.0, 60.0  # depths up to which details are drawn


def _green(rng: np.random.Generator) -> Colour:
    if rng.random() < 0.08:  # autumn, or a copper beech
        tone = np.array([0.2, 0.11, 0.04]) * rng.uniform(0.6, 1.5, 3)
    else:
        tone = np.array([0.085, 0.15, 0.04]) * rng.uniform(0.55, 1.5) * rng.uniform(0.8, 1.25, 3)
    return float(tone[0]), float(tone[1]), float(tone[2])


def _crown(
    place: tuple[float, float, float],
    half: tuple[float, float, float],
    colour: Colour,
    sieve: str = 'leaves',
    detail_m: float = np.inf,
) -> Part:
    style = (_LABEL, 'leaves', shaded(colour, 0.25), shaded(colour, 1.75))
    return Part(BALL, place, half, *style, sieve=sieve, detail_m=detail_m)


def _trunk(rng: np.random.Generator, height: float, thick: float) -> Part:
    lean = rng.normal(0.0, 0.015 * height, 2)
    bark = shaded(_BARK, rng.uniform(0.6, 1.7))
    top = (float(lean[0]), float(lean[1]), height)
    return rod((0.0, 0.0, 0.0), top, thick, _LABEL, 'bark', bark)


def tree(rng: np.random.Generator, season: float = 0.0) -> list[Part]:
    """Draw a tree.

    Args:
        rng: Draws it.
        season: Share of trees with leaves that have lost them.
    """
    if rng.random() < 0.15:
        return conifer(rng)
    return bare_tree(rng) if rng.random() < season else leafy_tree(rng)


def leafy_tree(rng: np.random.Generator) -> list[Part]:
    """Draw a tree with leaves: a core and clusters around it."""
    height = rng.uniform(4.5, 9.0) if rng.random() < 0.6 else rng.uniform(9.0, 17.0)
    spread = height * rng.uniform(0.22, 0.36)
    foot = height * rng.uniform(0.2, 0.34)
    colour, middle = _green(rng), (foot + height) / 2
    parts = [_trunk(rng, middle, 0.016 * height + rng.uniform(0.02, 0.08))]
    tall = (height - foot) / 2
    core = (0.72 * spread, 0.72 * spread, 0.8 * tall)
    parts.append(_crown((0.0, 0.0, middle), core, shaded(colour, 0.75)))
    count = int(rng.integers(5, 8))
    for index in range(count):
        up = middle + tall * rng.uniform(-0.8, 0.85)
        # Where a crown ends it is narrow.
        reach = spread * np.sqrt(max(1.0 - ((up - middle) / tall) ** 2, 0.15))
        angle = 2 * np.pi * (index + rng.uniform(-0.3, 0.3)) / count
        radius = spread * rng.uniform(0.35, 0.6)
        away = max(reach - 0.6 * radius, 0.0) * rng.uniform(0.6, 1.0)
        place = (float(away * np.cos(angle)), float(away * np.sin(angle)), float(up))
        size = (radius, radius * rng.uniform(0.8, 1.2), radius * rng.uniform(0.55, 0.9))
        tone, detail = shaded(colour, rng.uniform(0.75, 1.3)), _FAR_M if index % 2 else np.inf
        parts.append(_crown(place, size, tone, detail_m=detail))
    for _ in range(2):
        angle, up = rng.uniform(0, 2 * np.pi), foot * rng.uniform(0.8, 1.0)
        end = (0.5 * spread * np.cos(angle), 0.5 * spread * np.sin(angle), up + 0.25 * height)
        parts.append(
            rod((0.0, 0.0, up), end, 0.006 * height, _LABEL, 'bark', _BARK, detail_m=_NEAR_M)
        )
    return parts


def grown_tree(rng: np.random.Generator) -> list[Part]:
    """Draw an old tree that stands free: a high stem below a wide, dense crown."""
    height = rng.uniform(11.0, 22.0)
    spread, foot = height * rng.uniform(0.34, 0.5), rng.uniform(2.2, 5.0)
    colour, tall = shaded(_green(rng), 0.8), (height - foot) / 2
    middle = foot + tall
    parts = [_trunk(rng, middle, 0.014 * height + rng.uniform(0.05, 0.16))]
    half = (0.85 * spread, 0.85 * spread, 0.85 * tall)
    parts.append(_crown((0.0, 0.0, middle), half, shaded(colour, 0.7)))
    core = (0.7 * spread, 0.7 * spread, 0.7 * tall)
    dark = shaded(colour, 0.15)
    parts.append(Part(BALL, (0.0, 0.0, middle), core, _LABEL, 'leaves', dark, shaded(colour, 0.7)))
    count = int(rng.integers(6, 10))
    for index in range(count):
        # Branches hang: more of the leaves are in the lower half.
        up = middle + tall * rng.uniform(-0.75, 0.5)
        radius, angle = spread * rng.uniform(0.3, 0.5), 2 * np.pi * index / count
        away = (spread - radius) * rng.uniform(0.8, 1.2)
        place = (float(away * np.cos(angle)), float(away * np.sin(angle)), float(up))
        size = (radius, radius, radius * rng.uniform(0.45, 0.8))
        parts.append(_crown(place, size, shaded(colour, rng.uniform(0.6, 1.3))))
    return parts


def conifer(rng: np.random.Generator) -> list[Part]:
    """Draw a conifer: storeys of needles, the upper the narrower."""
    height = rng.uniform(5.0, 16.0)
    spread = height * rng.uniform(0.14, 0.26)
    colour = shaded(_green(rng), 0.65)
    parts = [_trunk(rng, 0.95 * height, 0.012 * height + 0.03)]
    count = int(rng.integers(4, 7))
    for index in range(count):
        share = (index + 0.5) / count
        radius = spread * (1.05 - share)
        place = (0.0, 0.0, height * (0.12 + 0.84 * share))
        size = (radius, radius, 0.62 * height / count)
        parts.append(_crown(place, size, shaded(colour, rng.uniform(0.8, 1.2)), 'needles'))
    return parts


def bare_tree(rng: np.random.Generator) -> list[Part]:
    """Draw a tree in winter: branches that fork, and a haze of twigs."""
    height = rng.uniform(5.0, 13.0)
    spread, foot = height * rng.uniform(0.22, 0.36), height * rng.uniform(0.2, 0.35)
    thick = 0.014 * height + rng.uniform(0.02, 0.06)
    bark = shaded(_BARK, rng.uniform(0.5, 1.4))
    parts = [rod((0.0, 0.0, 0.0), (0.0, 0.0, 0.85 * height), thick, _LABEL, 'bark', bark)]
    for _ in range(int(rng.integers(5, 8))):
        angle, up = rng.uniform(0, 2 * np.pi), foot + (0.7 * height - foot) * rng.random()
        outward = np.array([np.cos(angle), np.sin(angle), rng.uniform(0.5, 1.1)])
        start = np.array([0.0, 0.0, up])
        fork = start + outward * spread * rng.uniform(0.4, 0.7)
        parts.append(rod(start, fork, 0.35 * thick, _LABEL, 'bark', bark, detail_m=_FAR_M))
        for _ in range(2):
            end = fork + outward * spread * 0.5 + rng.normal(0.0, 0.2 * spread, 3)
            parts.append(rod(fork, end, 0.17 * thick, _LABEL, 'bark', bark, detail_m=_NEAR_M))
    middle = (foot + height) / 2 + 0.05 * height
    for share in (1.0, 0.65):
        size = (share * spread, share * spread, share * 0.5 * (height - foot))
        twigs = (0.0, 0.0, middle)
        parts.append(
            Part(BALL, twigs, size, _LABEL, 'bark', shaded(bark, 0.7), bark, sieve='twigs')
        )
    return parts


def bush(rng: np.random.Generator) -> list[Part]:
    """Draw a bush: dense cores below loose leaves."""
    parts, colour = [], _green(rng)
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.35, 1.1)
        place = (rng.uniform(-0.8, 0.8), rng.uniform(-0.5, 0.5), 0.6 * size)
        parts.append(_crown(place, (size, size, 0.85 * size), colour))
        core, dark = 0.82 * size, shaded(colour, 0.2)
        half = (core, core, 0.82 * core)
        parts.append(Part(BALL, place, half, _LABEL, 'leaves', dark, shaded(colour, 0.9)))
    return parts


def hedge(rng: np.random.Generator, length: float) -> list[Part]:
    """Draw a clipped hedge along x: a dense core below loose leaves."""
    x, y, z = length / 2, rng.uniform(0.25, 0.6), rng.uniform(0.6, 2.2)
    colour = _green(rng)
    dark, light = shaded(colour, 0.25), shaded(colour, 1.75)
    shell = ((0.0, 0.0, z / 2), (x, y, z / 2))
    core = ((0.0, 0.0, z / 2 - 0.06), (x - 0.07, y - 0.07, z / 2 - 0.06))
    return [
        Part(BOX, *shell, _LABEL, 'leaves', dark, light, sieve='leaves'),
        Part(BOX, *core, _LABEL, 'leaves', shaded(dark, 0.8), colour),
    ]


def grove(rng: np.random.Generator) -> list[Part]:
    """Draw the edge of a wood: crowns down to the ground."""
    parts, colour = [], _green(rng)
    for _ in range(int(rng.integers(2, 4))):
        x, y, z = rng.uniform((2.0, 1.5, 3.0), (4.5, 2.5, 6.5))
        place = (rng.uniform(-4.0, 4.0), rng.uniform(0.0, 5.0), 0.85 * z)
        tone = shaded(colour, rng.uniform(0.6, 1.2))
        parts.append(_crown(place, (x, y, z), tone))
        core = (0.8 * x, 0.8 * y, 0.8 * z)
        dark = shaded(tone, 0.22)
        parts.append(Part(BALL, place, core, _LABEL, 'leaves', dark, tone))
    return parts


def tree_line(rng: np.random.Generator, length: float, tall: float = 1.0) -> list[Part]:
    """Draw a piece of the edge of a wood along x, so dense that nothing behind it is seen.

    Args:
        rng: Draws it.
        length: Of the piece, m; leaves reach a little farther, so that pieces close a line.
        tall: Factor on the heights, which are 6 to 13 m.
    """
    parts, colour = [], shaded(_green(rng), 0.8)
    count = max(round(length / 4.0), 1)
    step = length / count
    for index in range(count):
        height = tall * rng.uniform(6.0, 13.0)
        x, y, z = step * rng.uniform(0.58, 0.72), rng.uniform(1.8, 2.8), 0.54 * height
        place = ((index + 0.5) * step - 0.5 * length, rng.uniform(0.0, 2.5), height - z)
        tone = shaded(colour, rng.uniform(0.6, 1.25))
        parts.append(_crown(place, (x, y, z), tone))
        # Cores end where the piece does, so that the next one has room.
        core, dark = (0.48 * step, 0.78 * y, 0.85 * z), shaded(tone, 0.22)
        parts.append(Part(BALL, place, core, _LABEL, 'leaves', dark, tone))
    return parts
