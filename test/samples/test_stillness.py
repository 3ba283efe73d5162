# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What moves and what only looks different."""

import cv2
import numpy as np
import pytest

from thermal_depth_ros.samples.frame_facts import block_means, block_side
from thermal_depth_ros.samples.stillness import STILL_PX, measure_shift

HEIGHT, WIDTH = 120, 160


def wall(seed: int = 0) -> np.ndarray:
    """Counts with the spectrum of natural images: 1 / f."""
    rng = np.random.default_rng(seed)
    size = 512
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    spectrum = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    made = np.fft.irfft2(spectrum / np.maximum(frequency, 1 / size), (size, size))
    return (made / made.std() * 100 + 3000).astype(np.float32)


def seen(dx: float, dy: float = 0.0, seed: int = 1, noise: float = 2.0) -> np.ndarray:
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    image = cv2.remap(wall(), x + 150 + np.float32(dx), y + 150 + np.float32(dy), cv2.INTER_CUBIC)
    return image + np.random.default_rng(seed).normal(0, noise, image.shape).astype(np.float32)


def shift(a: np.ndarray, b: np.ndarray) -> float:
    blocks = np.stack([block_means(np.rint(x).astype(np.uint16)) for x in (a, b)])
    return float(measure_shift(blocks, block_side(HEIGHT, WIDTH), np.array([0]), np.array([1]))[0])


@pytest.mark.parametrize('moved', [(2.0, 0.0), (0.0, 3.0), (2.0, -2.0), (5.0, 1.0)])
def test_a_shift_is_measured(moved: tuple[float, float]) -> None:
    length = float(np.hypot(*moved))
    assert shift(seen(0, 0), seen(*moved, seed=2)) == pytest.approx(length, rel=0.35)


@pytest.mark.parametrize('moved', [12.0, 40.0, 100.0])
def test_images_with_little_in_common_are_not_still(moved: float) -> None:
    assert shift(seen(0), seen(moved, seed=2)) > STILL_PX


@pytest.mark.parametrize('noise', [0.0, 2.0, 20.0, 60.0])
def test_noise_is_no_motion(noise: float) -> None:
    assert shift(seen(0, noise=noise), seen(0, seed=2, noise=noise)) < STILL_PX


def test_drift_gain_stripes_and_a_pedestrian_are_no_motion() -> None:
    here, there = seen(0), seen(0, seed=2)
    stripes = np.random.default_rng(3).normal(0, 3, (1, WIDTH))
    assert shift(here, there + 80 + stripes) < STILL_PX
    assert shift(here, (there - 3000) * 1.05 + 3000) < STILL_PX
    walker = there.copy()
    walker[40:80, 30:50] += 400
    assert shift(here, walker) < STILL_PX


def test_a_view_without_texture_is_still() -> None:
    flat = np.full((HEIGHT, WIDTH), 3000.0)
    assert shift(flat, flat + 5) == 0
