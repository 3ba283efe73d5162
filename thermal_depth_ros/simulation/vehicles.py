# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vehicles on four and more wheels. Origin on the ground in the middle, x forward."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER
from thermal_depth_ros.simulation.parts import (
    Colour,
    Part,
    box,
    pitch_matrix,
    roll_matrix,
    shaded,
)

GLASS = (0.03, 0.04, 0.05)
_NEAR_M = 40.0  # depth up to which details are drawn
BLACK = (0.025, 0.025, 0.025)
_SKY_IN_GLASS = (0.16, 0.19, 0.22)
_PAINTS = (
    (0.62, 0.63, 0.65),
    (0.7, 0.7, 0.69),
    (0.03, 0.03, 0.035),
    (0.1, 0.105, 0.11),
    (0.25, 0.27, 0.28),
    (0.38, 0.39, 0.4),
    (0.4, 0.03, 0.03),
    (0.04, 0.09, 0.28),
    (0.06, 0.16, 0.1),
    (0.55, 0.4, 0.08),
)


@dataclasses.dataclass(frozen=True)
class Shape:
    """Proportions of a kind of car; places are shares of half of its length."""

    length_m: tuple[float, float]
    top_m: tuple[float, float]
    bonnet: tuple[float, float]  # where the windscreen stands on the bonnet
    rear: tuple[float, float]  # where the rear window ends
    slope: tuple[float, float]  # rad, of the windscreen from upright


_CARS = {
    'hatchback': Shape((3.7, 4.3), (1.42, 1.55), (0.3, 0.42), (-0.97, -0.88), (0.75, 0.95)),
    'saloon': Shape((4.4, 5.0), (1.4, 1.5), (0.28, 0.4), (-0.72, -0.6), (0.85, 1.05)),
    'tall': Shape((4.2, 4.9), (1.62, 1.85), (0.3, 0.42), (-0.97, -0.9), (0.6, 0.8)),
    'van': Shape((4.8, 5.9), (1.9, 2.6), (0.62, 0.78), (-0.99, -0.97), (0.5, 0.75)),
    'pickup': Shape((5.0, 5.6), (1.75, 1.9), (0.25, 0.35), (-0.25, -0.15), (0.6, 0.8)),
}
_ODDS = [0.36, 0.22, 0.26, 0.12, 0.04]


def paint(rng: np.random.Generator) -> Colour:
    """Draw a car paint."""
    return shaded(_PAINTS[rng.integers(len(_PAINTS))], rng.uniform(0.8, 1.2))


def _wheels(xs: list[float], track: float, size: float, label: int, warmth: float) -> list[Part]:
    lying = roll_matrix(np.pi / 2)
    half = (size, size, 0.11)
    grey, rim = (0.06, 0.06, 0.065), (0.34, 0.34, 0.35)
    wheels = []
    for x in xs:
        for y in (-track / 2, track / 2):
            style = (label, 'rubber', BLACK, grey, lying, warmth)
            wheels.append(Part(CYLINDER, (x, y, size), half, *style))
            hub = (0.62 * size, 0.62 * size, 0.115)
            style = (label, 'metal', rim, shaded(rim, 0.3), lying, 0.5 * warmth)
            wheels.append(Part(CYLINDER, (x, y, size), hub, *style, detail_m=_NEAR_M))
    return wheels


def _lamps(x: float, y: float, z: float, label: int, glow: float) -> list[Part]:
    lamps = []
    for side in (-y, y):
        white, red = (0.9, 0.9, 0.8), (0.5, 0.02, 0.01)
        for end, colour, power in ((x, white, glow), (-x, red, 0.4 * glow)):
            half = (0.05, 0.13, 0.09)
            place = (end, side, z)
            lamps.append(Part(BALL, place, half, label, 'glass', colour, colour, glow=power))
    return lamps


def _glass(
    low: tuple[float, float, float], high: tuple[float, float, float], label: int, **more: float
) -> Part:
    """Return panes that reflect some of the sky."""
    pane = box(low, high, label, 'glass', GLASS, **more)
    return dataclasses.replace(pane, second=_SKY_IN_GLASS)


def _screen(
    foot: float, waist: float, top: float, y: float, slope: float, label: int
) -> tuple[Part, float]:
    """Return a slanted pane whose lower edge is at (foot, waist), and the x of its upper edge."""
    rise = top - waist
    upper = foot - rise * float(np.tan(slope))
    half = (0.03, y, 0.5 * rise / float(np.cos(slope)))
    place = ((foot + upper) / 2, 0.0, (waist + top) / 2)
    turn = pitch_matrix(-slope)
    return Part(BOX, place, half, label, 'glass', GLASS, _SKY_IN_GLASS, turn), upper


def car(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a car; one that runs has a warm engine, warm wheels and lights."""
    name = list(_CARS)[rng.choice(len(_CARS), p=_ODDS)]
    shape, label = _CARS[name], labels.CAR
    x, y = rng.uniform(*shape.length_m) / 2, rng.uniform(1.7, 1.95) / 2
    top, waist = rng.uniform(*shape.top_m), rng.uniform(0.82, 0.98)
    waist = max(waist, 0.5 * top)
    sill, size, colour = 0.24, rng.uniform(0.29, 0.36), paint(rng)
    heat = rng.uniform(5.0, 16.0) if running else rng.uniform(-0.5, 0.5)
    foot, back, inner = x * rng.uniform(*shape.bonnet), x * rng.uniform(*shape.rear), y - 0.1
    screen, front = _screen(foot, waist, top - 0.04, inner - 0.02, rng.uniform(*shape.slope), label)
    nose, tail = waist - rng.uniform(0.05, 0.16), waist - 0.04
    under, roof = shaded(colour, 0.95), top - 0.07
    middle = (waist + top) / 2
    parts = [
        box((-x + 0.08, -y, sill), (foot, y, waist), label, 'metal', colour),
        box((foot, -y + 0.03, sill), (x - 0.06, y - 0.03, nose), label, 'metal', under,
            engine=heat),
        box((-x, -y + 0.06, 0.3), (-x + 0.1, y - 0.06, tail - 0.2), label, 'metal', colour),
        box((x - 0.1, -y + 0.06, 0.3), (x, y - 0.06, 0.55), label, 'metal', BLACK, engine=heat),
        box((-x + 0.2, -y + 0.1, 0.14), (x - 0.2, y - 0.1, sill), label, 'rubber', BLACK,
            warmth=0.8 * heat),
        screen,
        _glass((back, -inner, waist), (front, inner, roof), label),
        _glass((front, -inner, waist), ((front + foot) / 2, inner, middle), label),
        box((back, -inner - 0.01, roof), (front + 0.08, inner + 0.01, top), label, 'metal', colour),
        *_pillars(back, front, inner, waist, top, colour),
        box((-x - 0.01, -0.26, 0.5), (-x, 0.26, 0.61), label, 'paintwork', (0.6, 0.6, 0.5),
            detail_m=_NEAR_M),
        *_wheels([-x * 0.6, x * 0.62], 2 * y - 0.16, size, label, 0.6 * heat),
        *_lamps(x - 0.03, y - 0.22, 0.68, label, rng.uniform(5.0, 9.0) if running else 0.0),
    ]  # fmt: skip
    if name == 'van' and rng.random() < 0.6:  # no windows behind the driver
        wall = (front - 0.9, inner + 0.015, roof)
        parts.append(box((back - 0.01, -inner - 0.015, waist), wall, label, 'metal', colour))
    return parts


def _pillars(
    back: float, front: float, y: float, waist: float, top: float, colour: Colour
) -> list[Part]:
    """Return the pillars between the side windows."""
    parts = []
    for at, wide in ((back + 0.12, 0.12), ((back + front) / 2, 0.05)):
        low, high = (at - wide, -y - 0.008, waist), (at + wide, y + 0.008, top - 0.05)
        parts.append(box(low, high, labels.CAR, 'metal', shaded(colour, 0.9), detail_m=_NEAR_M))
    return parts


def truck(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a lorry: a cab, and a box behind it."""
    x, y, top = rng.uniform(5.8, 8.5) / 2, 1.2, rng.uniform(2.7, 3.5)
    colour, load, label = paint(rng), paint(rng), labels.TRUCK
    heat = rng.uniform(6.0, 18.0) if running else 0.0
    cab = x - rng.uniform(1.6, 2.0)
    glow = rng.uniform(5.0, 9.0) if running else 0.0
    return [
        box((cab, -y, 0.45), (x, y, 1.5), label, 'metal', colour, engine=heat),
        _glass((cab, -y, 1.5), (x - 0.15, y, 2.3), label),
        box((cab, -y, 2.3), (x - 0.3, y, 2.55), label, 'metal', colour),
        box((-x, -y, 0.9), (cab - 0.15, y, top), label, 'metal', load),
        box((-x, -0.5, 0.55), (cab, 0.5, 0.9), label, 'metal', BLACK, warmth=0.4 * heat),
        *_wheels([-x * 0.65, x * 0.72], 2 * y - 0.2, 0.48, label, 0.5 * heat),
        *_lamps(x, y - 0.25, 0.8, label, glow),
    ]


def bus(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a bus with a band of windows."""
    x, y, colour, label = rng.uniform(9.0, 11.5) / 2, 1.25, paint(rng), labels.BUS
    heat = rng.uniform(3.0, 8.0) if running else 0.0
    glow = rng.uniform(5.0, 9.0) if running else 0.0
    return [
        box((-x, -y, 0.35), (x, y, 1.25), label, 'metal', colour, warmth=0.3 * heat),
        _glass((-x, -y + 0.03, 1.25), (x, y - 0.03, 2.3), label, warmth=0.6 * heat),
        box((-x, -y, 2.3), (x, y, 2.95), label, 'metal', colour),
        *_wheels([-x * 0.6, x * 0.62], 2 * y - 0.15, 0.48, label, heat),
        *_lamps(x, y - 0.3, 0.7, label, glow),
    ]


def tram(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a tram of two cars with a band of windows, 15 to 20 m long."""
    x, y, colour, label = rng.uniform(15.0, 20.0) / 2, 1.22, paint(rng), labels.TRAIN
    heat, glow = (rng.uniform(2.0, 7.0), rng.uniform(5.0, 9.0)) if running else (0.0, 0.0)
    parts = []
    for low, high in ((-x, -0.25), (0.25, x)):
        band = shaded(colour, 0.5)
        parts += [
            box((low, -y, 0.35), (high, y, 1.3), label, 'metal', colour, warmth=0.3 * heat),
            _glass((low, -y + 0.03, 1.3), (high, y - 0.03, 2.45), label, warmth=0.5 * heat),
            box((low, -y, 2.45), (high, y, 3.3), label, 'metal', colour),
            box((low + 0.4, -0.9, 3.3), (high - 0.4, 0.9, 3.6), label, 'metal', band, warmth=heat),
            box((low + 0.8, -1, 0.08), (high - 0.8, 1, 0.35), label, 'rubber', BLACK, warmth=heat),
        ]
        for at in np.linspace(low, high, 5)[1:-1]:
            pillar = (at + 0.06, y - 0.02, 2.45)
            parts.append(box((at - 0.06, -y + 0.02, 1.3), pillar, label, 'metal', colour))
    joint = box((-0.25, -y + 0.1, 0.4), (0.25, y - 0.1, 3.2), label, 'cloth', BLACK, warmth=-3.0)
    return [*parts, joint, *_lamps(x, y - 0.35, 0.8, label, glow)]


def half_length(parts: list[Part]) -> float:
    """Return how far an object reaches forward, m."""
    return max(float(part.centre[0]) + float(part.half[0]) for part in parts)


def vehicle(rng: np.random.Generator, running: bool) -> tuple[list[Part], float]:
    """Draw a car, a lorry or a bus.

    Returns:
        Its parts and half of its length, m.
    """
    build = (car, truck, bus)[rng.choice(3, p=[0.88, 0.08, 0.04])]
    parts = build(rng, running)
    return parts, half_length(parts)
