# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A random RGB camera: the same lens and sensor for all images of a sample."""

import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.video.effects.rgb import RgbCamera

OFF = DepthTeacherConfig(effect_probability=1.0)
STRENGTHS = {
    'defocus_px': 2.0,
    'motion_blur_px': 6.0,
    'exposure_stops': 1.0,
    'gamma_change': 0.4,
    'white_balance_change': 0.4,
    'shot_noise': 0.1,
    'read_noise': 0.05,
    'vignetting': 0.6,
    'flare': 0.5,
    'lens_dirt': 0.9,
    'grayscale_probability': 1.0,
    'jpeg_min_quality': 20,
}
ALL = dataclasses.replace(OFF, **STRENGTHS)


@pytest.fixture
def images() -> torch.Tensor:
    one = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(1))
    return one.expand(3, -1, -1, -1).contiguous()


def camera(config: DepthTeacherConfig, seed: int = 0) -> RgbCamera:
    return RgbCamera.draw(config, np.random.default_rng(seed))


def test_everything_off_is_the_identity(images):
    assert not any(DepthTeacherConfig().strengths)
    for seed in range(5):
        assert camera(OFF, seed)(images) is images


def test_no_effect_occurs_with_probability_0(images):
    config = dataclasses.replace(ALL, effect_probability=0.0, grayscale_probability=0.0)
    assert camera(config)(images) is images


@pytest.mark.parametrize('name', STRENGTHS)
def test_each_effect_changes_images_alone(images, name):
    config = dataclasses.replace(OFF, **{name: STRENGTHS[name]})
    assert any(config.strengths)
    changed = [not torch.equal(camera(config, seed)(images), images) for seed in range(6)]
    assert sum(changed) >= 5  # a strength near zero may change nothing


def test_the_same_draw_gives_the_same_images(images):
    first, second = camera(ALL, 3)(images), camera(ALL, 3)(images)
    assert torch.equal(first, second)
    assert not torch.equal(first, camera(ALL, 4)(images))
    assert first.shape == images.shape and first.dtype == torch.float32
    assert first.min() >= 0 and first.max() <= 1


def test_only_noise_differs_between_the_images_of_a_sample(images):
    silent = dataclasses.replace(ALL, shot_noise=0.0, read_noise=0.0)
    made = camera(silent, 3)(images)
    assert torch.equal(made[0], made[1]) and torch.equal(made[0], made[2])
    noisy = camera(dataclasses.replace(OFF, shot_noise=0.1), 3)(images)
    assert not torch.equal(noisy[0], noisy[1])


def test_an_effect_does_not_change_the_draws_of_others(images):
    exposure = dataclasses.replace(OFF, exposure_stops=1.0)
    alone, together = camera(exposure, 5), camera(ALL, 5)
    assert alone.stops == together.stops
