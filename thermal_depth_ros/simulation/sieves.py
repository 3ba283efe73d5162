# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Bodies with holes: foliage, twigs, railings. A periodic volume says where a surface is solid.

The ray caster asks at the point where a ray enters a body and lets the ray pass through holes, so
that depth and labels follow the leaves. Volumes are fixed in the frame of the body: holes do not
move on it. Coarser volumes of the same solid share replace them where pixels are larger than cells.
"""

import dataclasses
import functools

import numpy as np

from thermal_depth_ros.simulation.arrays import Array, Arrays

SIZE = 64  # cells along each side of a volume
LEVELS = 4
NAMES = ('leaves', 'needles', 'twigs', 'bars', 'mesh')
_STARTS = np.cumsum([0] + [(SIZE >> level) ** 3 for level in range(LEVELS)])


@dataclasses.dataclass(frozen=True)
class Sieve:
    """Size of the cells and solid share of a kind of body."""

    cell_m: float
    solid: float


SIEVES = {
    'leaves': Sieve(0.05, 0.66),
    'needles': Sieve(0.04, 0.66),
    'twigs': Sieve(0.03, 0.26),
    'bars': Sieve(0.02, 0.3),
    'mesh': Sieve(0.02, 0.28),
}


def number(name: str) -> int:
    """Return the place of a sieve in NAMES, -1 for none."""
    return NAMES.index(name) if name else -1


def _noise(rng: np.random.Generator, slope: float, lowest: float, squash: float) -> np.ndarray:
    f = np.fft.fftfreq(SIZE) * SIZE
    radius = np.sqrt(f[:, None, None] ** 2 + f[:, None] ** 2 + (f * squash) ** 2)
    gain = np.where(radius >= lowest, np.maximum(radius, 1.0) ** -slope, 0.0)
    noise = np.fft.ifftn(np.fft.fftn(rng.standard_normal((SIZE,) * 3)) * gain).real
    return noise / noise.std()


def _volume(name: str) -> np.ndarray:
    """Return a volume (SIZE, SIZE, SIZE) that is high where the body is solid."""
    rng = np.random.default_rng(NAMES.index(name) + 20)
    x, _, z = np.mgrid[:SIZE, :SIZE, :SIZE]
    speckle = 1e-3 * rng.standard_normal((SIZE,) * 3)  # decides between equal cells
    if name == 'twigs':
        branches = np.minimum(*(np.abs(_noise(rng, 2.0, low, 0.5)) for low in (2.0, 3.0)))
        return speckle - branches
    if name == 'bars':
        return speckle + (x % 8 < 2) + 2.0 * (z % SIZE < 3)
    if name == 'mesh':
        return speckle + ((x + z) % 8 < 1) + ((x - z) % 8 < 1)
    squash = 1.0 if name == 'leaves' else 1.6
    return _noise(rng, 1.4, 5.0, squash) + 0.9 * _noise(rng, 0.3, 14.0, 1.0)


@functools.cache
def _cells(name: str) -> np.ndarray:
    """Return all levels of a sieve in one row, 1 where it is solid."""
    values, rows = _volume(name), []
    for _ in range(LEVELS):
        limit = np.quantile(values, 1.0 - SIEVES[name].solid)
        rows.append((values > limit).ravel())
        half = len(values) // 2
        values = values.reshape(half, 2, half, 2, half, 2).mean(axis=(1, 3, 5))
    return np.concatenate(rows).astype(np.float32)


@functools.cache
def _on_device(name: str, device: str, torch: bool) -> Array:
    return Arrays(device, use_torch=torch).floats(_cells(name))


def solid(
    kind: int, place: tuple[Array, Array, Array], pixel_m: float, phase: float, arrays: Arrays
) -> Array:
    """Return whether a body is solid at places on it.

    Args:
        kind: Place in NAMES.
        place: Coordinates in the frame of the body, m.
        pixel_m: Size of a pixel at the body.
        phase: Shift of the volume, 0 to 1, so that bodies differ.
        arrays: Array backend that computes.
    """
    name = NAMES[kind]
    cell = SIEVES[name].cell_m
    level = int(np.clip(np.log2(max(pixel_m / cell, 1e-6)) + 1.0, 0, LEVELS - 1))
    size, scale = SIZE >> level, 1.0 / (cell * 2**level)
    index = 0
    for axis, value in enumerate(place):
        shift = phase * size * (axis + 1) + 64 * size
        index = index * size + (arrays.to_int(value * scale + shift) & (size - 1))
    cells = _on_device(name, arrays.device, arrays.torch is not None)
    return cells.take(index + int(_STARTS[level])) > 0.5
