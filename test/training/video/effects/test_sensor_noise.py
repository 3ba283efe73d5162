# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Noise has the variance of photons and electronics."""

import pytest
import torch

from thermal_depth_ros.training.video.effects.sensor_noise import with_sensor_noise


def noisy(level: float, shot: float, read: float, seed: int = 0) -> torch.Tensor:
    light = torch.full((2, 3, 120, 160), level)
    return with_sensor_noise(light, shot, read, torch.Generator().manual_seed(seed)) - light


@pytest.mark.parametrize('level', [0.0, 0.25, 1.0])
def test_the_variance_grows_with_the_light(level):
    noise = noisy(level, shot=0.1, read=0.02)
    # 115200 values: the deviation of a deviation is 0.2 %.
    assert noise.std().item() == pytest.approx((0.01 * level + 0.0004) ** 0.5, rel=0.02)
    assert abs(noise.mean().item()) < 4 * noise.std().item() / noise.numel() ** 0.5
    assert abs((noise[0] * noise[1]).mean().item()) < 0.02 * noise.var().item()


def test_a_generator_decides_it():
    assert torch.equal(noisy(0.5, 0.1, 0.1), noisy(0.5, 0.1, 0.1))
    assert not torch.equal(noisy(0.5, 0.1, 0.1), noisy(0.5, 0.1, 0.1, seed=1))
    light = torch.rand(1, 3, 4, 4)
    assert with_sensor_noise(light, 0.0, 0.0, torch.Generator()) is light
