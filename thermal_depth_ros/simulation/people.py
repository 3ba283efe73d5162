# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""People on foot and on two wheels, built of parts."""

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, CYLINDER
from thermal_depth_ros.simulation.parts import Colour, Part, box, pitch_matrix, rod, shaded

_ENGINE = (0.12, 0.12, 0.13)
_NEAR_M = 45.0  # depth up to which details are drawn
_SKIN = ((0.55, 0.36, 0.26), (0.32, 0.19, 0.12), (0.7, 0.5, 0.4))
_HAIR = ((0.03, 0.025, 0.02), (0.12, 0.07, 0.04), (0.35, 0.25, 0.12), (0.4, 0.4, 0.4))


def cloth(rng: np.random.Generator) -> Colour:
    """Draw the colour of a garment: mostly muted, now and then bright."""
    grey = rng.uniform(0.02, 0.3) if rng.random() < 0.75 else rng.uniform(0.3, 0.7)
    spread = rng.uniform(0.75, 1.3, 3) if rng.random() < 0.6 else rng.uniform(0.2, 1.8, 3)
    r, g, b = np.clip(grey * spread, 0.015, 0.9)
    return float(r), float(g), float(b)


def person(rng: np.random.Generator, walking: bool) -> list[Part]:
    """Draw a person of 1.5 to 1.95 m; legs and arms swing where they walk."""
    tall = rng.uniform(1.5, 1.95) if rng.random() < 0.9 else rng.uniform(0.95, 1.4)
    wide = rng.uniform(0.85, 1.2) * max(tall / 1.7, 0.8)
    swing = rng.uniform(0.35, 0.5) if walking else 0.0
    coat, legs = cloth(rng), cloth(rng)
    label, thick = labels.PERSON, rng.uniform(-1.5, 2.5)
    hip, shoulder = 0.49 * tall, 0.84 * tall
    middle, half = (0.0, 0.0, (hip + shoulder) / 2), (0.12 * wide, 0.2 * wide, 0.21 * tall)
    dark = shaded(coat, 0.5)
    parts = [
        Part(BALL, middle, half, label, 'cloth', coat, dark, warmth=thick),
        *_head(rng, (0.0, 0.0, 0.93 * tall), 0.068 * tall, label),
    ]
    for side in (-1, 1):
        leg = (0.0, side * 0.09 * wide, hip / 2)
        size = (0.07 * wide, 0.075 * wide, hip / 2)
        style = (label, 'cloth', legs, shaded(legs, 0.6))
        parts.append(Part(CYLINDER, leg, size, *style, warmth=thick - 1.5, swing=side * swing))
        arm = (0.0, side * 0.235 * wide, 0.65 * tall)
        size = (0.05 * wide, 0.05 * wide, 0.18 * tall)
        style = (label, 'cloth', coat, dark)
        parts.append(Part(BALL, arm, size, *style, warmth=thick - 0.5, swing=-0.8 * side * swing))
    if rng.random() < 0.3:  # a rucksack
        low, high = (-0.3 * wide, -0.14, 0.56 * tall), (-0.1 * wide, 0.14, 0.8 * tall)
        parts.append(box(low, high, label, 'cloth', cloth(rng), warmth=-3.0))
    return parts


def _head(
    rng: np.random.Generator, place: tuple[float, float, float], size: float, label: int
) -> list[Part]:
    skin, hair = _SKIN[rng.integers(len(_SKIN))], _HAIR[rng.integers(len(_HAIR))]
    x, y, z = place
    half = (size * 1.02, size * 0.95, size * 0.85)
    return [
        Part(BALL, place, (0.85 * size, 0.75 * size, size), label, 'skin', skin, skin),
        Part(
            BALL,
            (x - 0.02, y, z + 0.35 * size),
            half,
            label,
            'cloth',
            hair,
            hair,
            warmth=-2.0,
            detail_m=_NEAR_M,
        ),
    ]


def _wheel(x: float, radius: float, label: int, spokes: bool) -> list[Part]:
    """Return a wheel: a tyre of short rods around spokes, or a disc."""
    black, grey = (0.03, 0.03, 0.03), (0.25, 0.25, 0.26)
    lying = rod((x, -0.02, radius), (x, 0.02, radius), radius, label, 'rubber', grey)
    if not spokes:
        start, end = (x, -0.07, radius), (x, 0.07, radius)
        hub = rod(
            (x, -0.075, radius),
            (x, 0.075, radius),
            0.5 * radius,
            label,
            'metal',
            grey,
            detail_m=_NEAR_M,
        )
        return [rod(start, end, radius, label, 'rubber', black), hub]
    angle = np.linspace(0.0, 2 * np.pi, 9)
    ring = np.stack([x + radius * np.cos(angle), 0 * angle, radius + radius * np.sin(angle)], 1)
    tyre = [
        rod(a, b, 0.022, label, 'rubber', black, detail_m=_NEAR_M)
        for a, b in zip(ring, ring[1:], strict=False)
    ]
    half = (0.95 * radius, 0.95 * radius, 0.01)
    disc = (x, 0.0, radius)
    spoke = Part(CYLINDER, disc, half, label, 'metal', grey, grey, lying.rotation, sieve='mesh')
    return [*tyre, spoke]


def bicycle(rng: np.random.Generator) -> list[Part]:
    """Draw a bicycle, 1.75 m long."""
    label, r = labels.BICYCLE, rng.uniform(0.31, 0.36)
    colour = shaded(cloth(rng), 1.2)
    back, front = (-0.52, 0.0, r), (0.53, 0.0, r)
    crank, seat, head = (-0.08, 0.0, 0.3), (-0.25, 0.0, 0.92), (0.38, 0.0, 0.85)
    tube = [(crank, seat), (crank, head), (seat, head), (back, crank), (back, seat), (front, head)]
    parts = [rod(a, b, 0.02, label, 'paintwork', colour) for a, b in tube]
    black = (0.03, 0.03, 0.03)
    parts.append(rod((0.4, -0.28, 1.0), (0.4, 0.28, 1.0), 0.02, label, 'metal', black))
    parts.append(rod((0.38, 0.0, 0.85), (0.4, 0.0, 1.0), 0.02, label, 'metal', black))
    parts.append(box((-0.4, -0.08, 0.92), (-0.14, 0.08, 0.98), label, 'rubber', black))
    if rng.random() < 0.4:  # a basket or a bag
        low, high = (-0.75, -0.18, 0.68), (-0.38, 0.18, 0.95)
        parts.append(box(low, high, label, 'planks', cloth(rng)))
    return [*parts, *_wheel(-0.52, r, label, True), *_wheel(0.53, r, label, True)]


def motorcycle(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a motorcycle or a scooter, about 2 m long; the engine of one that runs is hot."""
    label, r = labels.MOTORCYCLE, rng.uniform(0.24, 0.32)
    colour, black = shaded(cloth(rng), 1.4), (0.03, 0.03, 0.03)
    heat, glow = (rng.uniform(15.0, 40.0), 6.0) if running else (0.0, 0.0)
    x = rng.uniform(0.62, 0.75)
    tank = Part(
        BALL, (0.15, 0.0, 0.82), (0.32, 0.17, 0.16), label, 'metal', colour, shaded(colour, 0.6)
    )
    white, red = (0.9, 0.9, 0.8), (0.5, 0.02, 0.01)
    return [
        *_wheel(-x, r, label, False),
        *_wheel(x, r, label, False),
        box((-0.3, -0.17, 0.25), (0.3, 0.17, 0.62), label, 'metal', _ENGINE, warmth=heat),
        box((-0.8, -0.13, 0.62), (0.05, 0.13, 0.8), label, 'rubber', black, warmth=0.2 * heat),
        tank,
        rod((x, 0.0, r), (x - 0.25, 0.0, 1.0), 0.05, label, 'metal', black),
        rod((x - 0.25, -0.36, 1.02), (x - 0.25, 0.36, 1.02), 0.02, label, 'metal', black),
        rod((-0.85, -0.2, 0.35), (0.1, -0.2, 0.3), 0.05, label, 'metal', black, warmth=1.3 * heat),
        Part(BALL, (x - 0.12, 0, 0.85), (0.08, 0.1, 0.1), label, 'glass', white, white, glow=glow),
        Part(BALL, (-0.82, 0, 0.74), (0.04, 0.09, 0.05), label, 'glass', red, red, glow=0.4 * glow),
    ]


def cyclist(rng: np.random.Generator) -> list[Part]:
    """Draw a bicycle and its rider."""
    return [*bicycle(rng), *_rider(rng, 0.98, 0.4, 1.0, -0.08, rng.random() < 0.5)]


def motorcyclist(rng: np.random.Generator) -> list[Part]:
    """Draw a running motorcycle and its rider, who wears a helmet."""
    return [*motorcycle(rng, True), *_rider(rng, 0.82, 0.42, 1.02, 0.1, True, seat_x=-0.15)]


def _rider(
    rng: np.random.Generator,
    seat_z: float,
    bar_x: float,
    bar_z: float,
    foot_x: float,
    helmet: bool,
    seat_x: float = -0.25,
) -> list[Part]:
    """Return a person who sits at (seat_x, seat_z), hands on the bar, feet at foot_x."""
    label, coat, legs = labels.RIDER, cloth(rng), cloth(rng)
    long, lean = rng.uniform(0.56, 0.66), rng.uniform(0.1, 0.5)
    hip = np.array([seat_x, 0.0, seat_z + 0.06])
    neck = hip + long * np.array([np.sin(lean), 0.0, np.cos(lean)])
    trunk = tuple(float(value) for value in (hip + neck) / 2)
    size = (0.13, 0.2, 0.58 * long)
    dark, warm = shaded(coat, 0.5), rng.uniform(-1.0, 2.5)
    turn = pitch_matrix(lean)
    parts = [Part(BALL, trunk, size, label, 'cloth', coat, dark, turn, warmth=warm)]
    head_x, head_z = float(neck[0]) + 0.08, float(neck[2]) + 0.16
    parts += _head(rng, (head_x, 0.0, head_z), 0.12, label)
    if helmet:
        shell, top = shaded(cloth(rng), 1.8), (head_x, 0.0, head_z + 0.04)
        parts.append(Part(BALL, top, (0.15, 0.125, 0.12), label, 'metal', shell, shell))
    for side in (-1, 1):
        shoulder = neck + np.array([-0.02, side * 0.19, -0.08])
        hand = np.array([bar_x - 0.02, side * 0.27, bar_z + 0.02])
        elbow = (shoulder + hand) / 2 + np.array([-0.04, side * 0.05, -0.07])
        parts.append(rod(shoulder, elbow, 0.05, label, 'cloth', coat, warmth=warm))
        parts.append(rod(elbow, hand, 0.04, label, 'cloth', coat, warmth=warm))
        root = hip + np.array([0.0, side * 0.09, 0.0])
        foot = np.array([foot_x, side * 0.12, 0.2 + 0.12 * side])
        knee = (root + foot) / 2 + np.array([0.24, side * 0.03, 0.12])
        parts.append(rod(root, knee, 0.075, label, 'cloth', legs, warmth=warm - 1.0))
        parts.append(rod(knee, foot, 0.055, label, 'cloth', legs, warmth=warm - 1.5))
    return parts
