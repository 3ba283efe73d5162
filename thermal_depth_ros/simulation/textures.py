# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Looking patterns up, blurred as much as the size of a pixel on the surface demands."""

import dataclasses
import functools

import numpy as np

from thermal_depth_ros.simulation import patterns, photographs
from thermal_depth_ros.simulation.arrays import Array, Arrays

LEVELS = 7  # 256 pixels down to 4
_STARTS = np.cumsum([0] + [(patterns.SIZE >> level) ** 2 for level in range(LEVELS)])


@dataclasses.dataclass(frozen=True, eq=False)
class Atlas:
    """All levels of all patterns in one row, for one camera kind."""

    texels: Array  # (patterns * _STARTS[-1],)
    starts: Array  # (LEVELS,) first texel of a level within a pattern
    arrays: Arrays

    def sample(self, pattern: Array | int, u: Array, v: Array, texel: Array) -> Array:
        """Return the pattern at (u, v), between the two levels that fit the size of a pixel.

        Args:
            pattern: Place in patterns.NAMES.
            u: Across, in tiles.
            v: Up, in tiles.
            texel: Size of a pixel on the surface, in texels of the finest level.
        """
        xp = self.arrays.xp
        level = xp.clip(xp.log2(texel + 1e-6), 0.0, LEVELS - 1.001)
        lower = self.arrays.to_int(level)
        mix = level - self.arrays.to_float(lower)
        fine = self._bilinear(pattern, lower, u, v)
        return fine + mix * (self._bilinear(pattern, lower + 1, u, v) - fine)

    def coarse(self, pattern: int, u: Array, v: Array, level: int) -> Array:
        """Return one level of one pattern, where it changes so slowly that no other is needed."""
        start = pattern * int(_STARTS[-1]) + int(_STARTS[level])
        return self._look(start, patterns.SIZE >> level, u, v)

    def _bilinear(self, pattern: Array | int, level: Array, u: Array, v: Array) -> Array:
        start = pattern * int(_STARTS[-1]) + self.starts[level]
        return self._look(start, patterns.SIZE >> level, u, v)

    def _look(self, start: Array | int, size: Array | int, u: Array, v: Array) -> Array:
        xp, to_int, to_float = self.arrays.xp, self.arrays.to_int, self.arrays.to_float
        x, y = u * size - 0.5, v * size - 0.5
        left, top = xp.floor(x), xp.floor(y)
        fx, fy = to_float(x - left), to_float(y - top)
        mask = size - 1
        column, row = to_int(left) & mask, to_int(top) & mask
        beside = (column + 1) & mask
        above = row * size + start
        below = ((row + 1) & mask) * size + start
        upper = self._mixed(above + column, above + beside, fx)
        lower = self._mixed(below + column, below + beside, fx)
        return upper + fy * (lower - upper)

    def _mixed(self, first: Array, second: Array, weight: Array) -> Array:
        a = self._take(first)
        return a + weight * (self._take(second) - a)

    def _take(self, index: Array) -> Array:
        return self.texels.take(index)


def make_atlas(rng: np.random.Generator, arrays: Arrays, seed_texels: np.ndarray) -> Atlas:
    """Make an atlas of one camera.

    Patterns of the two cameras are alike but not the same: seams and windows show in both,
    stains and warm spots only in one.

    Args:
        rng: Draws what this camera alone sees.
        arrays: Array backend that stores it.
        seed_texels: Tiles (patterns, SIZE, SIZE) that both cameras share.
    """
    rows = []
    for name, tile in zip(patterns.NAMES, seed_texels, strict=True):
        # Stains must not be taken for windows.
        stains = 0.16 if name == 'facade' else 0.45
        own = 0.7 * tile + stains * patterns.fractal(rng, 0.9)
        rows.append(np.concatenate([level.ravel() for level in patterns.pyramid(own)]))
    texels = arrays.floats(np.concatenate(rows))
    return Atlas(texels, arrays.integers(_STARTS[:-1]), arrays)


def shared_tiles(rng: np.random.Generator, textures: str = 'procedural') -> np.ndarray:
    """Return the tiles (patterns, SIZE, SIZE) of a drive.

    Args:
        rng: Draws them.
        textures: One of config.TEXTURES. Where there are photographs, each pattern is one, turned
            and mixed with the procedural one, in most drives.

    Raises:
        PhotographsError: The photographs are not there.
    """
    tiles = np.stack([draw(rng) for draw in patterns.PATTERNS.values()])
    if textures == 'procedural':
        return tiles
    source = photographs.folder()
    for name, (file, share) in photographs.SOURCES.items():
        mix, turns = float(rng.uniform(0.3, 1.0)) * (rng.random() < 0.8), int(rng.integers(4))
        picture = photographs.tile(source / file, share)
        # Courses of bricks stay level.
        picture = np.rot90(picture, 2 * turns if name == 'bricks' else turns)
        row = pattern_index(name)
        tiles[row] = (1.0 - mix) * tiles[row] + mix * picture
    return tiles


@functools.cache
def pattern_index(name: str) -> int:
    """Return the place of a pattern in an atlas."""
    return patterns.NAMES.index(name)
