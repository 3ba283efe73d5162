# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vehicles, built of parts. Origin on the ground in the middle, x forward."""

from typing import Any

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER
from thermal_depth_ros.simulation.parts import Colour, Part, roll_matrix

GLASS = (0.03, 0.04, 0.05)
BLACK = (0.025, 0.025, 0.025)
_PAINTS = (
    (0.65, 0.66, 0.68),
    (0.04, 0.04, 0.05),
    (0.45, 0.03, 0.03),
    (0.05, 0.12, 0.38),
    (0.25, 0.27, 0.28),
    (0.75, 0.74, 0.7),
    (0.08, 0.22, 0.12),
    (0.6, 0.45, 0.1),
)


def shaded(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker or lighter."""
    r, g, b = (min(channel * factor, 0.95) for channel in colour)
    return r, g, b


def paint(rng: np.random.Generator) -> Colour:
    """Draw a car paint."""
    return shaded(_PAINTS[rng.integers(len(_PAINTS))], rng.uniform(0.8, 1.2))


def box(
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    label: int,
    material: str,
    colour: Colour,
    **more: Any,
) -> Part:
    """Return an upright box between two corners; its pattern darkens the colour."""
    centre = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
    half = tuple((b - a) / 2 for a, b in zip(low, high, strict=True))
    return Part(BOX, centre, half, label, material, colour, shaded(colour, 0.55), **more)


def _wheels(xs: list[float], track: float, size: float, label: int, warmth: float) -> list[Part]:
    lying = roll_matrix(np.pi / 2)
    half = (size, size, 0.11)
    grey = (0.16, 0.16, 0.17)
    return [
        Part(CYLINDER, (x, y, size), half, label, 'rubber', BLACK, grey, lying, warmth)
        for x in xs
        for y in (-track / 2, track / 2)
    ]


def _lamps(x: float, y: float, z: float, label: int, glow: float) -> list[Part]:
    lamps = []
    for side in (-y, y):
        white, red = (0.9, 0.9, 0.8), (0.5, 0.02, 0.01)
        for end, colour, power in ((x, white, glow), (-x, red, 0.4 * glow)):
            half = (0.05, 0.13, 0.09)
            place = (end, side, z)
            lamps.append(Part(BALL, place, half, label, 'glass', colour, colour, glow=power))
    return lamps


def car(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a car; one that runs has a warm engine, warm wheels and lights."""
    x, y = rng.uniform(3.8, 4.8) / 2, rng.uniform(1.7, 1.9) / 2
    sill, waist, top = 0.22, rng.uniform(0.75, 0.95), rng.uniform(1.42, 1.7)
    size, colour, label = rng.uniform(0.29, 0.35), paint(rng), labels.CAR
    heat = rng.uniform(5.0, 16.0) if running else rng.uniform(-0.5, 0.5)
    back, front = -x * rng.uniform(0.7, 0.95), x * rng.uniform(0.3, 0.45)
    inner = y - 0.12
    return [
        box((-x, -y, sill), (x, y, waist), label, 'metal', colour, engine=heat),
        box((back, -inner, waist), (front, inner, top - 0.06), label, 'glass', GLASS),
        box((back + 0.1, -inner, top - 0.06), (front - 0.25, inner, top), label, 'metal', colour),
        *_wheels([-x * 0.62, x * 0.62], 2 * y - 0.15, size, label, 0.6 * heat),
        *_lamps(x, y - 0.25, 0.66, label, rng.uniform(5.0, 9.0) if running else 0.0),
    ]


def truck(rng: np.random.Generator, running: bool) -> list[Part]:
    """Draw a lorry: a cab, and a box behind it."""
    x, y, top = rng.uniform(5.8, 8.5) / 2, 1.2, rng.uniform(2.7, 3.5)
    colour, load, label = paint(rng), paint(rng), labels.TRUCK
    heat = rng.uniform(6.0, 18.0) if running else 0.0
    cab = x - rng.uniform(1.6, 2.0)
    glow = rng.uniform(5.0, 9.0) if running else 0.0
    return [
        box((cab, -y, 0.45), (x, y, 1.5), label, 'metal', colour, engine=heat),
        box((cab, -y, 1.5), (x - 0.15, y, 2.3), label, 'glass', GLASS),
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
        box((-x, -y + 0.03, 1.25), (x, y - 0.03, 2.3), label, 'glass', GLASS, warmth=0.6 * heat),
        box((-x, -y, 2.3), (x, y, 2.95), label, 'metal', colour),
        *_wheels([-x * 0.6, x * 0.62], 2 * y - 0.15, 0.48, label, heat),
        *_lamps(x, y - 0.3, 0.7, label, glow),
    ]


def vehicle(rng: np.random.Generator, running: bool) -> tuple[list[Part], float]:
    """Draw a vehicle of any kind.

    Returns:
        Its parts and half of its length, m.
    """
    build = (car, truck, bus)[rng.choice(3, p=[0.82, 0.13, 0.05])]
    parts = build(rng, running)
    return parts, max(part.centre[0] + part.half[0] for part in parts)
