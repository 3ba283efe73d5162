# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Buildings, built of boxes. The front lies along x at y = 0, the house behind it at y > 0."""

import numpy as np

from thermal_depth_ros.simulation import labels
from thermal_depth_ros.simulation.intersections import BOX
from thermal_depth_ros.simulation.parts import Colour, Part, box, roll_matrix, shaded
from thermal_depth_ros.simulation.people import cloth

_GLASS = (0.05, 0.07, 0.09)


def _wall(rng: np.random.Generator) -> Colour:
    tone, warm = rng.uniform(0.15, 0.65), rng.uniform(0.92, 1.35)
    if rng.random() < 0.25:  # bricks
        return shaded((0.36, 0.17, 0.11), rng.uniform(0.6, 1.3))
    return shaded((tone * warm, tone, tone / warm), rng.uniform(0.9, 1.1))


def house(
    rng: np.random.Generator, width: float, depth: float, shops: float = 0.0, tall: bool = False
) -> list[Part]:
    """Draw a house with windows, a plinth, and a flat or a pitched roof.

    The window pattern darkens by its second colour, which is that of glass.

    Args:
        rng: Draws it.
        width: Along x, m.
        depth: Along y, m.
        shops: Chance of a shop on the ground floor.
        tall: A tower of 8 storeys and more.
    """
    storey, floors = 3.2, int(rng.integers(1, 7))
    if tall:
        floors = int(rng.integers(8, 20))
    height = storey * floors + rng.uniform(0.3, 1.2)
    wall = _wall(rng)
    body = Part(
        BOX,
        (0.0, depth / 2, height / 2),
        (width / 2, depth / 2, height / 2),
        labels.BUILDING,
        'facade',
        wall,
        _GLASS,
        warmth=rng.uniform(-1.5, 1.5),
    )
    stone = shaded(wall, rng.uniform(0.4, 0.8))
    low, high = (-width / 2 - 0.06, -0.06, 0.0), (width / 2 + 0.06, depth + 0.06, 0.7)
    plinth = box(low, high, labels.BUILDING, 'bricks', stone)
    parts = [body, plinth, *_roof(rng, width, depth, height, wall)]
    if rng.random() < shops:
        parts += _shop(rng, width)
    elif rng.random() < 0.4:
        at = rng.uniform(-0.3, 0.3) * width
        low, high = (at - 1.2, -rng.uniform(0.6, 1.1), 0.0), (at + 1.2, 0.0, 2.7)
        parts.append(box(low, high, labels.BUILDING, 'plaster', stone))
    if floors > 1 and rng.random() < 0.35:
        parts += _balconies(rng, width, floors)
    return parts


def _shop(rng: np.random.Generator, width: float) -> list[Part]:
    """Draw a shop front with its board, and perhaps an awning above the sidewalk."""
    x, label, colour = 0.46 * width, labels.BUILDING, cloth(rng)
    bright = shaded(cloth(rng), 2.0)
    middle, half = (0.0, -0.08, 1.5), (x, 0.05, 1.5)
    parts = [
        Part(BOX, middle, half, label, 'shop', colour, _GLASS, warmth=rng.uniform(0.0, 4.0)),
        box((-x, -0.2, 3.0), (x, 0.0, 3.6), label, 'lettering', bright),
    ]
    if rng.random() < 0.5:
        deep, turn = rng.uniform(0.5, 0.9), roll_matrix(0.45)
        place, half = (0.0, -deep, 2.75), (x * rng.uniform(0.4, 0.95), deep, 0.03)
        stripes = (0.7, 0.68, 0.62)
        parts.append(Part(BOX, place, half, label, 'planks', bright, stripes, turn))
    return parts


def _balconies(rng: np.random.Generator, width: float, floors: int) -> list[Part]:
    """Draw a column of balconies in front of the upper floors."""
    at, x = rng.uniform(-0.3, 0.3) * width, rng.uniform(0.9, 1.8)
    parts, colour = [], shaded((0.5, 0.5, 0.5), rng.uniform(0.2, 1.4))
    for floor in range(1, min(floors, 8)):
        z = 3.2 * floor
        low, high = (at - x, -1.1, z), (at + x, 0.0, z + 0.15)
        parts.append(box(low, high, labels.BUILDING, 'plaster', (0.4, 0.4, 0.4)))
        low, high = (at - x, -1.1, z + 0.15), (at + x, -1.04, z + 1.05)
        parts.append(box(low, high, labels.BUILDING, 'planks', colour, detail_m=70.0))
    return parts


def _roof(
    rng: np.random.Generator, width: float, depth: float, height: float, wall: Colour
) -> list[Part]:
    tiles = shaded((0.3, 0.13, 0.09), rng.uniform(0.5, 1.5))
    if height > 12 or rng.random() < 0.4:
        low, high = (-width / 2 - 0.2, -0.2, height), (width / 2 + 0.2, depth + 0.2, height + 0.35)
        return [box(low, high, labels.BUILDING, 'plaster', shaded(tiles, 1.2))]
    pitch = rng.uniform(0.66, np.pi / 4)
    run = depth / 4 + 0.15
    half = (width / 2 + 0.25, run / np.cos(pitch), 0.12)
    # A bar with a square section, turned by 45 degrees, closes the gables below the roof.
    rise = depth / 2 * np.tan(pitch) - 0.05
    square = (width / 2 - 0.02, rise / np.sqrt(2), rise / np.sqrt(2))
    gable, middle = roll_matrix(np.pi / 4), (0.0, depth / 2, height)
    grey = shaded(wall, 0.6)
    parts = [Part(BOX, middle, square, labels.BUILDING, 'plaster', wall, grey, gable)]
    for side in (-1, 1):
        place = (0.0, depth / 2 + side * (depth / 4 + 0.05), height + run * np.tan(pitch) * 0.95)
        turn = roll_matrix(-side * pitch)
        dark = shaded(tiles, 0.6)
        parts.append(Part(BOX, place, half, labels.BUILDING, 'roof', tiles, dark, turn))
    return parts


def shed(rng: np.random.Generator, width: float, depth: float) -> list[Part]:
    """Draw a hall or shed of a yard: metal or boards, a flat roof, a gate."""
    height, wall = rng.uniform(2.6, 6.5), _wall(rng)
    material = ('metal', 'planks', 'bricks')[rng.integers(3)]
    low, high = (-width / 2, 0.0, 0.0), (width / 2, depth, height)
    eaves = (-width / 2 - 0.3, -0.3, height), (width / 2 + 0.3, depth + 0.3, height + 0.2)
    at = rng.uniform(-0.25, 0.25) * width
    gate = (at - 1.5, -0.05, 0.0), (at + 1.5, 0.0, min(2.5, height - 0.2))
    return [
        box(low, high, labels.BUILDING, material, wall, warmth=rng.uniform(-1.0, 1.5)),
        box(*eaves, labels.BUILDING, 'roof', shaded(wall, 0.6)),
        box(*gate, labels.BUILDING, 'planks', shaded(wall, 0.5), warmth=rng.uniform(-2.0, 2.0)),
    ]
