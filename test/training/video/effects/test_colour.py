# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exposure and white balance act on linear light; grey is the luminance of OpenCV."""

import cv2
import numpy as np
import pytest
import torch

from thermal_depth_ros.training.video.effects import colour


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(1))


def test_linear_light_and_back(images):
    np.testing.assert_allclose(colour.to_linear(images), images.numpy() ** 2.2, rtol=1e-5)
    back = colour.from_linear(colour.to_linear(images))
    np.testing.assert_allclose(back, images, atol=1e-5)


def test_one_stop_doubles_the_light_and_saturates():
    light = torch.tensor([0.1, 0.4, 0.6]).reshape(1, 3, 1, 1)
    brighter = colour.exposed(light, 1.0, red=1.5, blue=0.5)
    np.testing.assert_allclose(brighter.flatten(), [0.3, 0.8, 0.6], rtol=1e-6)
    shown = colour.from_linear(colour.exposed(light, 2.0, 1.0, 1.0))
    np.testing.assert_allclose(shown.flatten(), [0.4 ** (1 / 2.2), 1.0, 1.0], rtol=1e-6)


def test_a_larger_exponent_darkens():
    shown = colour.from_linear(torch.tensor([0.5]), gamma_factor=1.1)
    np.testing.assert_allclose(shown, [0.5**0.5], rtol=1e-6)


def test_grey_is_that_of_opencv(images):
    grey = colour.without_colour(images).numpy()
    for made, image in zip(grey, images.permute(0, 2, 3, 1).numpy(), strict=True):
        expected = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        for channel in made:
            np.testing.assert_allclose(channel, expected, atol=1e-6)


def test_nothing_changes_without_strength(images):
    assert colour.exposed(images, 0.0, 1.0, 1.0) is images
