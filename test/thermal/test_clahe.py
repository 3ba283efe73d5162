# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Local contrast for tensors against OpenCV's, grey level for grey level."""

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.thermal.clahe import equalise

CLIPS = [0.0, 0.3, 1.0, 2.0, 3.0, 7.5, 40.0]


def by_opencv(images: np.ndarray, clip: float, tiles: int) -> np.ndarray:
    clahe = cv2.createCLAHE(clip, (tiles, tiles))
    return np.stack([clahe.apply(image) for image in images])


def images(kind: str, height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    size = (2, height, width)
    drawn = {
        'even': lambda: rng.integers(0, 256, size),
        'narrow': lambda: rng.normal(100, 5, size),
        'dark': lambda: 255 * rng.random(size) ** 4,
        'constant': lambda: np.full(size, 77),
    }[kind]()
    return np.clip(drawn, 0, 255).astype(np.uint8)


def assert_same(given: np.ndarray, clip: float, tiles: int) -> None:
    found = equalise(torch.from_numpy(given), clip, tiles)
    assert found.dtype == torch.uint8
    np.testing.assert_array_equal(found, by_opencv(given, clip, tiles))


@pytest.mark.parametrize('clip', CLIPS)
@pytest.mark.parametrize('kind', ['even', 'narrow', 'dark', 'constant'])
def test_same_as_opencv(kind, clip):
    assert_same(images(kind, 64, 80), clip, 8)


@pytest.mark.parametrize(
    ('height', 'width', 'tiles'),
    [
        (62, 77, 8),  # neither side divides
        (64, 77, 8),  # one does: OpenCV continues it as well
        (62, 80, 8),
        (5, 9, 8),  # continued by almost as much as there is
        (3, 90, 7),
        (64, 80, 1),
    ],
)
def test_same_as_opencv_where_tiles_do_not_fit(height, width, tiles):
    assert_same(images('dark', height, width), 2.0, tiles)


def test_same_as_opencv_for_any_size():
    rng = np.random.default_rng(3)
    for seed in range(40):
        height, width = rng.integers(3, 70, 2)
        tiles, clip = int(rng.integers(1, 11)), float(rng.choice(CLIPS))
        assert_same(images('narrow', height, width, seed), clip, tiles)
