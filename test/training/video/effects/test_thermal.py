# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A random thermal camera: the same sensor for all images of a sample, gain of its own for each."""

import dataclasses

import cv2
import numpy as np
import pytest

from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.video.effects.thermal import ThermalCamera

OFF = ThermalTrainingConfig(effect_probability=1.0)
STRENGTHS = {
    'defocus_px': 2.0,
    'motion_blur_px': 6.0,
    'agc_probability': 1.0,
    'black_hot_probability': 1.0,
    'gain_jump': 0.3,
    'offset_jump': 0.3,
    'fixed_pattern': 0.1,
    'nuc_residue': 0.3,
    'vignetting': 0.3,
    'thermal_noise': 0.1,
    'dead_pixels': 0.02,
    'dead_rows': 3,
}
ALL = dataclasses.replace(OFF, **STRENGTHS, max_low_fraction=0.1, min_high_fraction=0.9)
H, W = 32, 48


@pytest.fixture
def images() -> np.ndarray:
    one = cv2.GaussianBlur(np.random.default_rng(0).normal(size=(H, W)), (0, 0), 2.0)
    return np.stack([3000 + 400 * one] * 3).astype(np.float32)


def camera(config: ThermalTrainingConfig, seed: int = 0) -> ThermalCamera:
    rng = np.random.default_rng(seed)
    return ThermalCamera.draw(config, ThermalPreprocessing(), (H, W), rng)


def test_everything_off_is_the_identity(images):
    assert not any(ThermalTrainingConfig().strengths)
    for seed in range(5):
        taken, picture = camera(OFF, seed)(images, picture=False)
        # Rounding of the gain 1 around the middle of the range.
        np.testing.assert_allclose(taken, images, rtol=1e-6)
        assert picture is False
        assert camera(OFF, seed).mapping(ThermalPreprocessing()) == ThermalPreprocessing()


@pytest.mark.parametrize('name', STRENGTHS)
def test_each_effect_changes_images_alone(images, name):
    config = dataclasses.replace(OFF, **{name: STRENGTHS[name]})
    assert any(config.strengths)
    changed = [
        not np.allclose(camera(config, seed)(images, picture=False)[0], images, rtol=1e-5)
        for seed in range(6)
    ]
    assert sum(changed) >= 5


def test_the_same_draw_gives_the_same_images(images):
    first, second = (camera(ALL, 3)(images, picture=False)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, camera(ALL, 4)(images, picture=False)[0])
    assert first.dtype == np.float32 and first.shape == images.shape


@pytest.mark.parametrize(
    ('name', 'differs'),
    [
        ('fixed_pattern', False),
        ('nuc_residue', False),
        ('vignetting', False),
        ('dead_pixels', False),
        ('dead_rows', False),
        ('motion_blur_px', False),
        ('gain_jump', True),
        ('offset_jump', True),
        ('thermal_noise', True),
    ],
)
def test_what_belongs_to_the_sensor_is_the_same_in_all_images(images, name, differs):
    taken, _ = camera(dataclasses.replace(OFF, **{name: STRENGTHS[name]}), 1)(images, False)
    assert np.array_equal(taken[0], taken[1]) is not differs


def test_gain_jumps_are_linear_within_their_limits(images):
    config = dataclasses.replace(OFF, gain_jump=0.3, offset_jump=0.5)
    low, high = np.percentile(images[0], [1, 99])
    for seed in range(20):
        for taken in camera(config, seed)(images, picture=False)[0]:
            gain, offset = np.polyfit(images[0].ravel() - (low + high) / 2, taken.ravel(), 1)
            assert 0.69 < gain < 1.31
            assert abs(offset - (low + high) / 2) < 0.51 * (high - low)


def test_black_hot_exchanges_warm_and_cold_within_the_range(images):
    taken, _ = camera(dataclasses.replace(OFF, black_hot_probability=1.0))(images, False)
    low, high = (np.sort(images[0], None)[round(p * H * W)] for p in (0.01, 0.99))
    np.testing.assert_allclose(taken, low + high - images, atol=0.02 * (high - low))
    assert np.corrcoef(taken[0].ravel(), images[0].ravel())[0, 1] < -0.999


def test_gain_control_gives_8_bits(images):
    for seed in range(6):
        config = dataclasses.replace(OFF, agc_probability=1.0)
        taken, picture = camera(config, seed)(images, picture=False)
        assert picture is True
        np.testing.assert_array_equal(taken, taken.round())
        assert taken.min() == 0 and taken.max() == 255


def test_levels_stay_in_the_range_of_the_image_type(images):
    loud = dataclasses.replace(ALL, agc_probability=0.0, offset_jump=2.0, gain_jump=0.9)
    levels = (images - images.min()) / np.ptp(images) * 255
    for seed in range(10):
        taken, picture = camera(loud, seed)(levels.astype(np.float32), picture=True)
        assert picture is True and taken.min() >= 0 and taken.max() <= 255


def test_the_window_is_drawn_between_its_limits():
    windows = [camera(ALL, seed).mapping(ThermalPreprocessing()) for seed in range(200)]
    low = np.array([window.low_fraction for window in windows])
    high = np.array([window.high_fraction for window in windows])
    assert 0.01 <= low.min() < 0.02 and 0.09 < low.max() <= 0.1
    assert 0.9 <= high.min() < 0.91 and 0.98 < high.max() <= 0.99


def test_a_constant_image_stays_finite():
    taken, _ = camera(ALL, 0)(np.full((3, H, W), 3000, np.float32), picture=False)
    assert np.isfinite(taken).all()
