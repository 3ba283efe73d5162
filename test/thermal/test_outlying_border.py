# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Telemetry is told from a picture, and has no part in its statistics."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.samples.frame_facts import measure
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.thermal.outlying_border import outlying_border, picture_area
from thermal_depth_ros.thermal.temporal_mapping import group_window


def scene(seed: int = 0, height: int = 120, width: int = 160, level: int = 29000) -> np.ndarray:
    """Counts of a smooth scene with a cold top, noise and a dead pixel at the edge."""
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), 6.0)
    values = level + 400 * smooth / smooth.std() + np.linspace(-600, 300, height)[:, None]
    values += rng.normal(0, 3, values.shape)
    values[0, width // 2] = 0
    return np.rint(values).astype(np.uint16)


def lines(count: int, length: int, seed: int = 1) -> np.ndarray:
    """Telemetry as a Lepton writes it: some words, zeros in the rest."""
    rows = np.zeros((count, length), np.uint16)
    rows[:, : length // 3] = np.random.default_rng(seed).integers(0, 2**16, (count, length // 3))
    return rows


def with_telemetry(image: np.ndarray, side: str, count: int) -> np.ndarray:
    if side in ('top', 'bottom'):
        parts = [image, lines(count, image.shape[1])]
        return np.vstack(parts if side == 'bottom' else parts[::-1])
    parts = [image, lines(count, image.shape[0]).T]
    return np.hstack(parts if side == 'right' else parts[::-1])


SIDES = ['top', 'bottom', 'left', 'right']


@pytest.mark.parametrize('side', SIDES)
@pytest.mark.parametrize('count', [1, 2, 4])
def test_telemetry_is_found_at_every_side(side: str, count: int) -> None:
    seen = outlying_border(with_telemetry(scene(), side, count))
    assert seen == Crop(**{side: count})


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.sampled_from([8000, 29000, 60000]))
def test_a_picture_loses_nothing(seed: int, level: int) -> None:
    image = scene(seed, level=level)
    assert outlying_border(image) == Crop()
    assert picture_area(image).shape == image.shape


def test_a_hot_or_cold_part_of_the_scene_is_no_telemetry() -> None:
    for rows, counts in ((40, 35000), (20, 20000)):
        image = scene()
        image[-rows:] = counts
        assert outlying_border(image) == Crop()


@pytest.mark.parametrize('shape', [(1, 1), (2, 40), (15, 15), (16, 3), (60, 80)])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
def test_small_and_constant_images_are_pictures(shape: tuple[int, int], dtype: type) -> None:
    assert outlying_border(np.full(shape, 7, dtype)) == Crop()


@pytest.mark.parametrize('mode', ['percentile', 'window'])
@pytest.mark.parametrize('side', SIDES)
def test_the_window_is_that_of_the_picture(mode: str, side: str) -> None:
    mapping, image = ThermalPreprocessing(mode=mode), scene()[2:]
    assert mapping.window(with_telemetry(image, side, 2)) == mapping.window(image)


def test_the_window_holds_after_the_image_was_resized() -> None:
    mapping, image = ThermalPreprocessing(), scene()
    size = (320, 256)
    clean = mapping.window(cv2.resize(image, size))
    wide = clean[1] - clean[0]
    found = mapping.window(cv2.resize(with_telemetry(image, 'bottom', 2), size))
    assert np.abs(np.subtract(found, clean)).max() < 0.01 * wide


@pytest.mark.parametrize('side', SIDES)
def test_loss_images_have_the_window_of_the_picture(side: str) -> None:
    images = [scene(seed)[2:] for seed in (3, 4, 5)]
    clean = torch.from_numpy(np.stack(images).astype(np.int32))[:, None]
    spoilt = np.stack([with_telemetry(image, side, 2) for image in images])
    spoilt = torch.from_numpy(spoilt.astype(np.int32))[:, None]
    rows = slice(2, None) if side == 'top' else slice(0, 118)
    columns = slice(2, None) if side == 'left' else slice(0, 160)
    expected, found = group_window(clean), group_window(spoilt)
    torch.testing.assert_close(found[..., rows, columns], expected)


def test_facts_are_those_of_the_picture() -> None:
    """A frozen picture is detected despite a running counter, a closed shutter is flat."""
    image = scene()[2:]
    clean = measure(0, 1, image)
    first = measure(0, 1, np.vstack([image, lines(2, 160, seed=1)]))
    second = measure(0, 1, np.vstack([image, lines(2, 160, seed=2)]))
    assert first == second == clean
    shutter = np.full((118, 160), 29000, np.uint16)
    assert measure(0, 1, np.vstack([shutter, lines(2, 160)]))['low'] == 29000
