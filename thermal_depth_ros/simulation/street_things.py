# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""People, trees, poles, fences and other roadside objects, built of parts."""

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BALL, BOX, CYLINDER
from thermal_depth_ros.simulation.parts import Colour, Part
from thermal_depth_ros.simulation.vehicles import box, shaded

_GREY = (0.3, 0.31, 0.32)
_SKIN = ((0.55, 0.36, 0.26), (0.32, 0.19, 0.12), (0.7, 0.5, 0.4))


def _cloth(rng: np.random.Generator) -> Colour:
    grey = rng.uniform(0.03, 0.5)
    r, g, b = np.clip(grey * rng.uniform(0.3, 1.7, 3), 0.02, 0.9)
    return float(r), float(g), float(b)


def person(rng: np.random.Generator, walking: bool) -> list[Part]:
    """Draw a person of 1.5 to 1.95 m; legs and arms swing where they walk."""
    tall = rng.uniform(1.5, 1.95)
    wide = rng.uniform(0.85, 1.25)
    swing = rng.uniform(0.35, 0.5) if walking else 0.0
    coat, legs, skin = _cloth(rng), _cloth(rng), _SKIN[rng.integers(len(_SKIN))]
    label, thick = labels.PERSON, rng.uniform(-1.5, 2.5)
    hip, shoulder = 0.5 * tall, 0.83 * tall
    parts = [
        Part(
            BALL,
            (0.0, 0.0, (hip + shoulder) / 2),
            (0.13 * wide, 0.21 * wide, 0.21 * tall),
            label,
            'cloth',
            coat,
            shaded(coat, 0.5),
            warmth=thick,
        ),
        Part(BALL, (0.0, 0.0, 0.93 * tall), (0.1, 0.085, 0.068 * tall), label, 'skin', skin, skin),
    ]
    for side in (-1, 1):
        leg = (0.0, side * 0.09 * wide, hip / 2)
        size = (0.075 * wide, 0.075 * wide, hip / 2)
        style = (label, 'cloth', legs, shaded(legs, 0.6))
        parts.append(Part(CYLINDER, leg, size, *style, warmth=thick - 1.5, swing=side * swing))
        arm = (0.0, side * 0.24 * wide, 0.66 * tall)
        size = (0.055 * wide, 0.055 * wide, 0.18 * tall)
        style = (label, 'cloth', coat, shaded(coat, 0.5))
        parts.append(Part(BALL, arm, size, *style, warmth=thick - 0.5, swing=-0.8 * side * swing))
    return parts


def tree(rng: np.random.Generator) -> list[Part]:
    """Draw a tree: a trunk and a crown of several ellipsoids."""
    height, spread = rng.uniform(4.5, 11.0), rng.uniform(1.2, 2.8)
    trunk = height * rng.uniform(0.25, 0.42)
    thick = 0.02 * height + rng.uniform(0.02, 0.08)
    bark = (0.16, 0.12, 0.09)
    green = np.array([0.1, 0.2, 0.05]) * rng.uniform(0.6, 1.5, 3)
    colour = (float(green[0]), float(green[1]), float(green[2]))
    label = labels.VEGETATION
    half = 0.36 * height
    parts = [
        Part(CYLINDER, (0, 0, half), (thick, thick, half), label, 'bark', bark, shaded(bark, 0.5))
    ]
    for _ in range(int(rng.integers(4, 8))):
        radius = spread * rng.uniform(0.5, 0.85)
        away, angle = spread * rng.uniform(0.0, 0.6), rng.uniform(0, 2 * np.pi)
        up = rng.uniform(trunk + 0.6 * radius, max(height - radius, trunk + radius))
        size = (radius, radius, radius * rng.uniform(0.7, 1.2))
        place = (away * np.cos(angle), away * np.sin(angle), up)
        tone = shaded(colour, rng.uniform(0.8, 1.2))
        parts.append(
            Part(BALL, place, size, label, 'leaves', shaded(tone, 0.35), shaded(tone, 1.7))
        )
    return parts


def bush(rng: np.random.Generator) -> list[Part]:
    """Draw a bush of a few ellipsoids."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        size = rng.uniform(0.4, 1.0)
        place = (rng.uniform(-0.7, 0.7), rng.uniform(-0.4, 0.4), size * 0.6)
        half, dark, light = (size, size, size * 0.8), (0.04, 0.08, 0.02), (0.17, 0.3, 0.09)
        parts.append(Part(BALL, place, half, labels.VEGETATION, 'leaves', dark, light))
    return parts


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


def sign(rng: np.random.Generator) -> list[Part]:
    """Draw a traffic sign on a pole, facing -x."""
    height = rng.uniform(2.0, 2.8)
    faces = ((0.7, 0.08, 0.06), (0.05, 0.12, 0.55), (0.75, 0.72, 0.68), (0.8, 0.6, 0.05))
    colour = faces[rng.integers(len(faces))]
    size = rng.uniform(0.25, 0.4)
    post = Part(
        CYLINDER, (0, 0, height / 2), (0.035, 0.035, height / 2), labels.POLE, 'metal', _GREY, _GREY
    )
    plate = Part(
        BOX,
        (-0.06, 0, height - size),
        (0.02, size, size),
        labels.TRAFFIC_SIGN,
        'cloth',
        colour,
        shaded(colour, 2.2),
    )
    return [post, plate]


def traffic_light(rng: np.random.Generator) -> list[Part]:
    """Draw a traffic light on a pole, facing -x."""
    lit = rng.integers(3)
    colours = ((0.9, 0.05, 0.03), (0.9, 0.55, 0.05), (0.05, 0.8, 0.3))
    black = (0.03, 0.03, 0.03)
    label = labels.TRAFFIC_LIGHT
    parts = [
        Part(CYLINDER, (0, 0, 1.25), (0.07, 0.07, 1.25), labels.POLE, 'metal', _GREY, _GREY),
        box((-0.15, -0.17, 2.5), (0.12, 0.17, 3.4), label, 'metal', black, warmth=2.0),
    ]
    for index, colour in enumerate(colours):
        on = index == lit
        shade = colour if on else shaded(colour, 0.12)
        place, half = (-0.16, 0.0, 3.22 - 0.28 * index), (0.04, 0.11, 0.11)
        warmth = 6.0 if on else 0.0
        part = Part(BALL, place, half, label, 'glass', shade, shade, None, warmth, glow=4.0 * on)
        parts.append(part)
    return parts


def barrier(rng: np.random.Generator, length: float) -> list[Part]:
    """Draw a fence of boards or a wall of bricks, along x."""
    if rng.random() < 0.5:
        height, wood = rng.uniform(0.9, 1.9), (0.35, 0.25, 0.16)
        colour = shaded(wood, rng.uniform(0.5, 1.8))
        end = (length / 2, 0.04, height)
        return [box((-length / 2, -0.04, 0.0), end, labels.FENCE, 'planks', colour)]
    height = rng.uniform(0.7, 2.2)
    colour = shaded((0.42, 0.3, 0.24), rng.uniform(0.6, 1.5))
    material = 'bricks' if rng.random() < 0.6 else 'plaster'
    end = (length / 2, 0.14, height)
    return [box((-length / 2, -0.14, 0.0), end, labels.WALL, material, colour)]


def clutter(rng: np.random.Generator) -> list[Part]:
    """Draw what has no class: a barrel, a crate, a stack of pallets, a bin."""
    colour = _cloth(rng)
    if rng.random() < 0.4:
        size, high = rng.uniform(0.25, 0.4), rng.uniform(0.35, 0.6)
        half, dark = (size, size, high), shaded(colour, 0.5)
        return [Part(CYLINDER, (0, 0, high), half, labels.UNLABELLED, 'metal', colour, dark)]
    x, y, z = rng.uniform(0.3, 0.9, 3)
    return [box((-x, -y, 0.0), (x, y, 2 * z), labels.UNLABELLED, 'planks', colour)]
