# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Colour augmentation: ranges, seeds, each change by hand, images of a sample alike."""

import colorsys
import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.colour_jitter import ColourJitter, apply_jitter, draw_jitter
from thermal_depth_ros.training.task import SampleKey

NOTHING = ColourJitter(1.0, 1.0, 1.0, 0.0, ('brightness', 'contrast', 'saturation', 'hue'))
GREY = torch.tensor([0.2989, 0.587, 0.114]).reshape(3, 1, 1)


@pytest.fixture
def image() -> torch.Tensor:
    return torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(1))


def alone(name: str, value: float) -> ColourJitter:
    return dataclasses.replace(NOTHING, **{name: value}, order=(name,))


def test_draws_lie_in_their_ranges_and_half_of_them_are_none():
    rng = np.random.default_rng(0)
    drawn = [draw_jitter(rng) for _ in range(4000)]
    made = [jitter for jitter in drawn if jitter is not None]
    assert 1850 < len(made) < 2150
    for name, centre, spread in (
        ('brightness', 1, 0.2),
        ('contrast', 1, 0.2),
        ('saturation', 1, 0.2),
        ('hue', 0, 0.1),
    ):
        values = np.array([getattr(jitter, name) for jitter in made]) - centre
        assert np.abs(values).max() <= spread
        assert values.max() > 0.95 * spread and values.min() < -0.95 * spread
        assert abs(values.mean()) < 0.05 * spread
    assert len({jitter.order for jitter in made}) == 24
    assert draw_jitter(rng, 0.0) is None and draw_jitter(rng, 1.0) is not None


def test_the_key_of_a_sample_decides():
    one, again, other = (
        draw_jitter(SampleKey(index, 2, 7).generator(), 1.0) for index in (5, 5, 6)
    )
    assert one == again != other


def test_what_is_drawn_afterwards_does_not_depend_on_the_outcome():
    after = []
    for probability in (0.0, 1.0):
        rng = np.random.default_rng(3)
        draw_jitter(rng, probability)
        after.append(rng.random())
    assert after[0] == after[1]


def test_brightness_contrast_and_saturation_by_hand(image):
    found = apply_jitter(alone('brightness', 1.2), image)
    torch.testing.assert_close(found, (1.2 * image).clamp(0, 1))
    grey = (GREY * image).sum(0, keepdim=True)
    found = apply_jitter(alone('contrast', 0.8), image)
    torch.testing.assert_close(found, 0.8 * image + 0.2 * grey.mean(), atol=1e-4, rtol=0)
    found = apply_jitter(alone('saturation', 0.8), image)
    torch.testing.assert_close(found, 0.8 * image + 0.2 * grey, atol=1e-4, rtol=0)


def test_hue_turns_the_colour(image):
    found = apply_jitter(alone('hue', 0.1), image)
    for v, u in ((0, 0), (3, 5), (5, 7)):
        hue, saturation, value = colorsys.rgb_to_hsv(*image[:, v, u].tolist())
        expected = colorsys.hsv_to_rgb((hue + 0.1) % 1.0, saturation, value)
        np.testing.assert_allclose(found[:, v, u], expected, atol=1e-4)


def test_the_order_counts_and_no_change_is_no_change(image):
    jitter = ColourJitter(1.2, 0.8, 1.2, 0.1, NOTHING.order)
    back = dataclasses.replace(jitter, order=NOTHING.order[::-1])
    assert not torch.allclose(apply_jitter(jitter, image), apply_jitter(back, image), atol=1e-3)
    assert apply_jitter(None, image) is image
    torch.testing.assert_close(apply_jitter(NOTHING, image), image, atol=1e-5, rtol=0)


def test_images_of_a_sample_are_changed_alike_and_each_by_its_own_mean(image):
    jitter = draw_jitter(np.random.default_rng(5), 1.0)
    pair = torch.stack([image, 0.3 * image])
    found = apply_jitter(jitter, pair)
    for one, together in zip(pair, found, strict=True):
        torch.testing.assert_close(apply_jitter(jitter, one), together)
    assert found.min() >= 0 and found.max() <= 1
