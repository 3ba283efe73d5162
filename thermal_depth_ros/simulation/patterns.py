# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Patterns of surfaces, drawn once per drive: square tiles that repeat without a seam."""

from collections.abc import Callable

import cv2
import numpy as np

SIZE = 256  # pixels of a tile
WINDOWS_PER_TILE = 2  # a facade tile has 2 x 2 windows


def fractal(rng: np.random.Generator, slope: float, lowest: int = 1) -> np.ndarray:
    """Return noise (SIZE, SIZE) of unit deviation whose amplitude falls as frequency^-slope.

    Args:
        rng: Draws it.
        slope: 0 is white, 1 looks like stone or soil.
        lowest: Smallest number of waves in a tile.
    """
    f = np.fft.fftfreq(SIZE) * SIZE
    radius = np.hypot(f[:, None], f[None, :])
    gain = np.where(radius >= lowest, np.maximum(radius, 1.0) ** -(slope + 0.5), 0.0)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIZE, SIZE))) * gain).real
    return noise / noise.std()


def stone(rng: np.random.Generator) -> np.ndarray:
    """Asphalt, plaster, concrete: cloudy, with grains."""
    return 0.55 * fractal(rng, 0.8) + 0.35 * fractal(rng, 0.1, 12)


def asphalt(rng: np.random.Generator) -> np.ndarray:
    """Road: fine grains, a few cracks and the straight seam of a repair."""
    grains = 0.5 * fractal(rng, 0.0, 20) + 0.3 * fractal(rng, 0.9)
    cracks = np.abs(fractal(rng, 1.6, 2)) < 0.012
    u = np.mgrid[:SIZE, :SIZE][1] / SIZE
    patch = 0.5 * (np.abs(u - 0.5) < rng.uniform(0.05, 0.2)) * (rng.random() < 0.4)
    return np.where(cracks, -1.6, grains - patch)


def lawn(rng: np.random.Generator) -> np.ndarray:
    """Grass and soil: patches and blades."""
    return 0.6 * fractal(rng, 1.0, 2) + 0.6 * fractal(rng, 0.3, 10)


def leaves(rng: np.random.Generator) -> np.ndarray:
    """Foliage: clumps with dark gaps."""
    clumps = fractal(rng, 0.7, 5)
    return np.tanh(1.5 * clumps) * 0.9 + 0.3 * fractal(rng, 0.2, 20)


def bricks(rng: np.random.Generator) -> np.ndarray:
    """Courses of bricks, every brick with a tone of its own."""
    rows, columns = 16, 8
    tone = rng.normal(0.0, 0.45, (rows, columns))
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    row = (v * rows).astype(int)
    place = u * columns + 0.5 * (row % 2)
    face = tone[row, place.astype(int) % columns]
    joint = ((v * rows) % 1 < 0.16) | (place % 1 < 0.07)
    return np.where(joint, 0.9, face) + 0.2 * stone(rng)


def slabs(rng: np.random.Generator) -> np.ndarray:
    """Paving slabs with joints."""
    n = 6
    tone = rng.normal(0.0, 0.35, (n, n))
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE * n
    joint = (u % 1 < 0.06) | (v % 1 < 0.06)
    return np.where(joint, -1.0, tone[v.astype(int), u.astype(int)]) + 0.35 * stone(rng)


def pavers(rng: np.random.Generator) -> np.ndarray:
    """Small paving stones, laid in courses."""
    rows, columns = 24, 12
    tone = rng.normal(0.0, 0.4, (rows, columns))
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    row = (v * rows).astype(int)
    place = u * columns + 0.5 * (row % 2)
    joint = ((v * rows) % 1 < 0.14) | (place % 1 < 0.08)
    return np.where(joint, -0.9, tone[row, place.astype(int) % columns]) + 0.2 * stone(rng)


def kerbstone(rng: np.random.Generator) -> np.ndarray:
    """Long stones with a joint every metre."""
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    joint = ((u * 2) % 1 < 0.02) | ((v * 2) % 1 < 0.02)
    return np.where(joint, -1.2, 0.4 * stone(rng))


def plain(rng: np.random.Generator) -> np.ndarray:
    """Paint, plastic: next to nothing."""
    return 0.15 * fractal(rng, 1.2) + 0.22 * fractal(rng, 0.1, 12)


def shop(rng: np.random.Generator) -> np.ndarray:
    """Return a shop front: a board on top, panes with goods, a plinth; about +1 in the glass."""
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    pane = (u * 2) % 1
    glass = (pane > 0.06) & (v > 0.18) & (v < 0.72)
    blocks = np.kron(rng.uniform(-0.9, 0.5, (32, 32)), np.ones((8, 8)))
    goods = np.where(rng.random((SIZE, SIZE)) < 0.02, -0.6, blocks * (v < 0.5))
    return np.where(glass, 0.85 + 0.5 * goods, -0.5) + 0.05 * fractal(rng, 0.4)


def lettering(rng: np.random.Generator) -> np.ndarray:
    """Boards with lines of something like letters, which are high."""
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    strokes = np.kron(rng.random((64, 64)) < 0.5, np.ones((4, 4)))
    line, word = (v * 4) % 1, np.kron(rng.random((4, 8)) < 0.75, np.ones((64, 32)))
    letters = (line > 0.25) & (line < 0.75) & ((u * 32) % 1 > 0.25) & (word > 0) & (strokes > 0)
    return np.where(letters, 0.9, -0.8) + 0.06 * fractal(rng, 0.8)


def facade(rng: np.random.Generator) -> np.ndarray:
    """Return a wall with windows: about +1 in the glass, about -0.6 on the wall."""
    n = WINDOWS_PER_TILE
    width, height = rng.uniform(0.35, 0.6), rng.uniform(0.4, 0.62)
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE * n
    across, up = np.abs(u % 1 - 0.5), np.abs(v % 1 - 0.5)
    glass = (across < width / 2) & (up < height / 2)
    cross = glass & ((across < 0.02) | (np.abs(up - 0.08) < 0.015))
    wall = -0.62 + 0.14 * stone(rng)
    frame = (across < width / 2 + 0.03) & (up < height / 2 + 0.03) & ~glass
    band = (np.abs(v % 1 - 0.02) < 0.02) * rng.choice([0.0, -0.35])
    # Curtains and reflections: no two windows are alike.
    inside = np.kron(rng.uniform(-0.5, 0.25, (2 * n, 2 * n)), np.ones((SIZE // (2 * n),) * 2))
    pane = 1.0 + inside + 0.1 * fractal(rng, 0.8)
    return np.where(cross, -0.5, np.where(glass, pane, np.where(frame, -1.0, wall + band)))


def planks(rng: np.random.Generator) -> np.ndarray:
    """Upright boards with gaps between them."""
    n = 14
    tone = rng.normal(0.0, 0.4, n)
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    gap = (u * n) % 1 < 0.15
    grain = np.repeat(rng.normal(0.0, 0.2, SIZE)[None], SIZE, axis=0)
    return np.where(gap, -1.2, tone[(u * n).astype(int)] + grain) + 0.15 * stone(rng) + 0 * v


def sheet(rng: np.random.Generator) -> np.ndarray:
    """Painted metal: smooth, with seams and dirt."""
    v, u = np.mgrid[:SIZE, :SIZE] / SIZE
    seam = ((u * 3) % 1 < 0.02) | ((v * 2 + 0.3) % 1 < 0.02)
    return np.where(seam, -0.9, 0.25 * fractal(rng, 1.2)) + 0.12 * fractal(rng, 0.0, 30)


def cloth(rng: np.random.Generator) -> np.ndarray:
    """Clothes: folds and prints."""
    return 0.7 * np.tanh(2 * fractal(rng, 1.3, 2)) + 0.2 * fractal(rng, 0.2, 10)


PATTERNS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    'stone': stone,
    'lawn': lawn,
    'leaves': leaves,
    'bricks': bricks,
    'slabs': slabs,
    'asphalt': asphalt,
    'pavers': pavers,
    'kerbstone': kerbstone,
    'plain': plain,
    'shop': shop,
    'lettering': lettering,
    'facade': facade,
    'planks': planks,
    'sheet': sheet,
    'cloth': cloth,
}
NAMES = tuple(PATTERNS)


def pyramid(tile: np.ndarray) -> list[np.ndarray]:
    """Return the tile, and halves of it down to 4 pixels, each the mean of 2 x 2 of the last."""
    levels = [tile.astype(np.float32)]
    while levels[-1].shape[0] > 4:
        size = levels[-1].shape[0] // 2
        smaller = cv2.resize(levels[-1], (size, size), interpolation=cv2.INTER_AREA)
        levels.append(smaller.astype(np.float32))
    return levels
