# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs of surfaces as patterns: bricks, grass and gravel of the package scikit-image.

They are CC0 (cc0textures.com), lie in the package's wheel and are not downloaded.
"""

import importlib.util
from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.simulation.patterns import SIZE

# pattern -> photograph, and the share of the photograph's side that a tile shows
SOURCES = {
    'bricks': ('brick.png', 1.0),
    'lawn': ('grass.png', 1.0),
    'stone': ('gravel.png', 1.0),
    'leaves': ('grass.png', 0.5),
    'asphalt': ('gravel.png', 1.0),
}
_SEAM = 0.2  # share of a side over which it is blended into the opposite one


class PhotographsError(ThermalDepthError, ValueError):
    """The photographs are not there."""


def folder() -> Path:
    """Return the folder of the photographs, without importing the package they come with.

    Raises:
        PhotographsError: scikit-image is not installed, or comes without them.
    """
    package = importlib.util.find_spec('skimage')
    if package is None or package.origin is None:
        raise PhotographsError(
            'textures photographs: the package scikit-image is not installed (pip install '
            'scikit-image); textures procedural needs nothing'
        )
    found = Path(package.origin).parent / 'data'
    missing = sorted({name for name, _ in SOURCES.values() if not (found / name).is_file()})
    if missing:
        raise PhotographsError(f'textures photographs: {found} has no {", ".join(missing)}')
    return found


def tile(path: Path, share: float) -> np.ndarray:
    """Return a photograph as a pattern (SIZE, SIZE) that repeats without a seam.

    Args:
        path: Image file.
        share: Part of its side that is shown.
    """
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise PhotographsError(f'{path}: no image')
    side = int(min(image.shape) * share)
    grown = int(SIZE * (1.0 + _SEAM))
    picture = cv2.resize(image[:side, :side], (grown, grown), interpolation=cv2.INTER_AREA)
    values = picture.astype(np.float64)
    values -= cv2.GaussianBlur(values, (0, 0), SIZE / 4)
    for _ in range(2):  # rows, then columns
        over = grown - SIZE
        weight = np.linspace(0.0, 1.0, over)[:, None]
        values[:over] = weight * values[:over] + (1.0 - weight) * values[SIZE:grown]
        values = values[:SIZE].T
        if values.shape[0] == SIZE:
            break
    values = values - values.mean()
    return np.clip(0.6 * values / values.std(), -2.0, 2.0)
