# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Lamps, signs, poles, fences and other roadside objects, built of parts."""

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER
from thermal_depth_ros.simulation.parts import (
    Colour,
    Part,
    box,
    pitch_matrix,
    rod,
    roll_matrix,
    shaded,
)
from thermal_depth_ros.simulation.people import cloth

_GREY = (0.3, 0.31, 0.32)
_WOOD = (0.2, 0.15, 0.11)
_RED, _BLUE, _WHITE = (0.55, 0.03, 0.03), (0.03, 0.1, 0.5), (0.75, 0.75, 0.75)
_YELLOW, _GREEN, _ORANGE = (0.75, 0.5, 0.03), (0.02, 0.2, 0.12), (0.75, 0.25, 0.02)


def lamp_post(height: float, arm: float) -> list[Part]:
    """Return a street lamp whose head hangs at (arm, 0, height)."""
    glow = (1.0, 0.92, 0.75)
    post = Part(
        CYLINDER,
        (0, 0, height / 2),
        (0.08, 0.08, height / 2),
        labels.POLE,
        'metal',
        _GREY,
        shaded(_GREY, 0.6),
    )
    beam = box((0, -0.05, height - 0.05), (arm, 0.05, height + 0.05), labels.POLE, 'metal', _GREY)
    head = Part(
        BALL, (arm, 0, height), (0.35, 0.16, 0.1), labels.POLE, 'glass', glow, glow, glow=12.0
    )
    return [post, beam, head]


def _pole(height: float, radius: float, colour: Colour = _GREY, material: str = 'metal') -> Part:
    return rod((0, 0, 0), (0, 0, height), radius, labels.POLE, material, colour)


def _plate(form: str, size: float, z: float, face: Colour, border: Colour) -> list[Part]:
    """Return a sign that faces -x: its grey back, a coloured border and the face within."""
    parts, label = [], labels.TRAFFIC_SIGN
    for colour, share, x in ((_GREY, 1.0, -0.05), (border, 1.0, -0.06), (face, 0.74, -0.066)):
        second = shaded(colour, 0.85)
        place, half = (x, 0.0, z), (0.008, size * share, size * share)
        turn = None
        if form == 'disc':
            half, turn = (size * share, size * share, 0.008), pitch_matrix(np.pi / 2)
        elif form == 'diamond':
            turn = roll_matrix(np.pi / 4)
        elif form == 'panel':
            half = (0.008, 0.7 * size * share, size * share)
        shape = CYLINDER if form == 'disc' else BOX
        parts.append(Part(shape, place, half, label, 'paintwork', colour, second, turn))
    return parts


_SIGNS = (
    ('disc', _WHITE, _RED),
    ('disc', _BLUE, _WHITE),
    ('disc', _RED, _WHITE),
    ('diamond', _YELLOW, _WHITE),
    ('diamond', _ORANGE, (0.03, 0.03, 0.03)),
    ('square', _BLUE, _WHITE),
    ('panel', _WHITE, (0.05, 0.05, 0.05)),
    ('square', _WHITE, _RED),
)


def sign(rng: np.random.Generator) -> list[Part]:
    """Draw one or two traffic signs, 0.5 to 0.9 m wide, on a pole of 2 to 3 m, facing -x."""
    height = rng.uniform(2.2, 3.1)
    parts, z = [_pole(height, 0.03)], height
    for _ in range(1 if rng.random() < 0.7 else 2):
        form, face, border = _SIGNS[rng.integers(len(_SIGNS))]
        size = rng.uniform(0.25, 0.45) / (1.3 if form == 'diamond' else 1.0)
        parts += _plate(form, size, z - size, face, border)
        z -= 2.2 * size
    return parts


def name_board(rng: np.random.Generator) -> list[Part]:
    """Draw a board with the name of a street or a place, on two posts, facing -x."""
    wide, high = rng.uniform(0.4, 1.3), rng.uniform(0.15, 0.5)
    top = rng.uniform(1.6, 2.6)
    colour = (_GREEN, _BLUE, _YELLOW, _WHITE)[rng.integers(4)]
    parts = [
        rod((0, y, 0), (0, y, top), 0.035, labels.POLE, 'metal', _GREY)
        for y in (-0.8 * wide, 0.8 * wide)
    ]
    label, text = labels.TRAFFIC_SIGN, _WHITE if colour is not _WHITE else (0.05, 0.05, 0.05)
    low, end = (-0.07, -wide, top - 2 * high), (-0.04, wide, top)
    parts.append(box(low, end, label, 'paintwork', colour))
    low, end = (-0.075, -0.7 * wide, top - 1.3 * high), (-0.07, 0.7 * wide, top - 0.7 * high)
    parts.append(Part(BOX, *_middle(low, end), label, 'lettering', colour, text))
    return parts


def _middle(
    low: tuple[float, float, float], high: tuple[float, float, float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the middle and half of the size of a box."""
    pairs = list(zip(low, high, strict=True))
    return tuple((a + b) / 2 for a, b in pairs), tuple((b - a) / 2 for a, b in pairs)


def utility_pole(rng: np.random.Generator) -> list[Part]:
    """Draw a wooden pole with a cross arm, 8 to 11 m high."""
    height, wood = rng.uniform(8.0, 11.0), shaded(_WOOD, rng.uniform(0.7, 1.5))
    arm = rod((0, -1.1, height - 0.6), (0, 1.1, height - 0.6), 0.06, labels.POLE, 'bark', wood)
    return [_pole(height, rng.uniform(0.12, 0.18), wood, 'bark'), arm]


def bollard(rng: np.random.Generator) -> list[Part]:
    """Draw a bollard."""
    colour = (_WHITE, _GREY, (0.04, 0.04, 0.04), _ORANGE)[rng.integers(4)]
    return [_pole(rng.uniform(0.7, 1.1), rng.uniform(0.05, 0.1), colour, 'paintwork')]


def traffic_light(rng: np.random.Generator) -> list[Part]:
    """Draw a traffic light, 0.3 by 0.9 m, on a pole or on an arm above the lane, facing -x."""
    lit = int(rng.integers(3))
    if rng.random() < 0.5:
        return [_pole(2.5, 0.07), *_signal(0.0, 2.5, lit)]
    high, reach = rng.uniform(5.4, 6.2), rng.uniform(2.0, 4.0)
    end = (0.0, reach, high)
    beam = rod((0.0, 0.0, high - 0.4), end, 0.06, labels.POLE, 'metal', _GREY)
    return [_pole(high, 0.1), beam, *_signal(0.0, 2.5, lit), *_signal(reach, high - 0.9, lit)]


def _signal(y: float, z: float, lit: int) -> list[Part]:
    """Return the three lamps of a signal whose lower end is at (0, y, z)."""
    colours = ((0.9, 0.05, 0.03), (0.9, 0.55, 0.05), (0.05, 0.8, 0.3))
    label, black = labels.TRAFFIC_LIGHT, (0.03, 0.03, 0.03)
    low, high = (-0.13, y - 0.16, z), (0.12, y + 0.16, z + 0.9)
    parts = [box(low, high, label, 'metal', black, warmth=2.0)]
    for index, colour in enumerate(colours):
        on = index == lit
        shade = colour if on else shaded(colour, 0.12)
        place, half = (-0.13, y, z + 0.72 - 0.28 * index), (0.05, 0.11, 0.11)
        warmth = 6.0 if on else 0.0
        glow = 4.0 * on
        parts.append(Part(BALL, place, half, label, 'glass', shade, shade, None, warmth, glow=glow))
    return parts


def barrier(rng: np.random.Generator, length: float) -> list[Part]:
    """Draw a fence (boards, bars or wire) or a wall, along x."""
    kind = ('boards', 'bars', 'wire', 'wall')[rng.choice(4, p=[0.22, 0.23, 0.15, 0.4])]
    if kind == 'wall':
        height = rng.uniform(0.7, 2.4)
        colour = shaded((0.42, 0.34, 0.29), rng.uniform(0.5, 1.5))
        material = ('bricks', 'plaster', 'concrete')[rng.choice(3, p=[0.5, 0.3, 0.2])]
        end = (length / 2, 0.14, height)
        low, cap = (-length / 2, -0.17, height), (length / 2, 0.17, height + 0.07)
        return [
            box((-length / 2, -0.14, 0.0), end, labels.WALL, material, colour),
            box(low, cap, labels.WALL, 'plaster', shaded(colour, 0.8)),
        ]
    if kind == 'boards':
        height, colour = rng.uniform(0.9, 1.9), shaded((0.35, 0.25, 0.16), rng.uniform(0.5, 1.8))
        end = (length / 2, 0.04, height)
        return [box((-length / 2, -0.04, 0.0), end, labels.FENCE, 'planks', colour)]
    return _open_fence(rng, length, kind)


def _open_fence(rng: np.random.Generator, length: float, kind: str) -> list[Part]:
    """Return posts with bars or wire between them, through which one sees."""
    label, height = labels.FENCE, rng.uniform(0.9, 1.2) if kind == 'bars' else rng.uniform(1.2, 2.2)
    colour = ((0.02, 0.02, 0.02), _GREY, _WHITE, (0.03, 0.1, 0.06))[rng.integers(4)]
    middle, half = (0.0, 0.0, height / 2), (length / 2, 0.015, height / 2 - 0.05)
    sieve = 'bars' if kind == 'bars' else 'mesh'
    style = (label, 'metal', colour, shaded(colour, 0.6))
    parts = [Part(BOX, middle, half, *style, sieve=sieve)]
    for z in (0.12, height):
        start, end = (-length / 2, 0, z), (length / 2, 0, z)
        parts.append(rod(start, end, 0.025, label, 'metal', colour))
    for x in np.linspace(-length / 2, length / 2, 2 + int(length / 2.5)):
        top = (x, 0, height + 0.05)
        parts.append(rod((x, 0, 0), top, 0.03, label, 'metal', colour, detail_m=60.0))
    return parts


def shelter(rng: np.random.Generator) -> list[Part]:
    """Draw a bus shelter, open towards -y; it has no class."""
    x, colour = rng.uniform(1.5, 2.2), (0.08, 0.09, 0.1)
    label, glass = labels.UNLABELLED, (0.12, 0.15, 0.17)
    return [
        box((-x, 0.0, 2.3), (x, 1.4, 2.42), label, 'metal', colour),
        box((-x, 1.3, 0.2), (x, 1.34, 2.3), label, 'glass', glass),
        box((x - 0.1, 0.1, 0.1), (x, 1.3, 2.0), label, 'lettering', _WHITE),
        box((-0.8 * x, 0.9, 0.4), (0.5 * x, 1.25, 0.5), label, 'planks', _WOOD),
    ]


def clutter(rng: np.random.Generator) -> list[Part]:
    """Draw what has no class: a barrel, a crate, a stack of pallets, a bin."""
    colour = cloth(rng)
    if rng.random() < 0.4:
        size, high = rng.uniform(0.25, 0.4), rng.uniform(0.35, 0.6)
        half, dark = (size, size, high), shaded(colour, 0.5)
        return [Part(CYLINDER, (0, 0, high), half, labels.UNLABELLED, 'metal', colour, dark)]
    x, y, z = rng.uniform(0.3, 0.9, 3)
    return [box((-x, -y, 0.0), (x, y, 2 * z), labels.UNLABELLED, 'planks', colour)]
