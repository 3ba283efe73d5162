# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which samples by day and by night make a pair."""

import colorsys
import dataclasses

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.engine.task import SampleKey
from thermal_depth_ros.training.rgb.batch import (
    ColourJitter,
    PairedSamples,
    apply_jitter,
    draw_jitter,
)


class Triplets:
    """Only the number of samples of a domain decides the pairs."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count


def epoch(by_day: int, by_night: int, number: int = 0) -> np.ndarray:
    """Return the pairs (N, 2) of an epoch."""
    pairs = PairedSamples(Triplets(by_day), Triplets(by_night))
    keys = [SampleKey(index, number, seed=3) for index in range(len(pairs))]
    return np.array([pairs.chosen(key, key.generator()) for key in keys])


@pytest.mark.parametrize(('by_day', 'by_night'), [(40, 40), (40, 13), (13, 40), (40, 1), (1, 40)])
def test_an_epoch_has_every_sample_of_the_larger_set_once_and_random_ones_of_the_other(
    by_day: int, by_night: int
) -> None:
    whole, drawn = (0, 1) if by_day >= by_night else (1, 0)
    pairs = epoch(by_day, by_night)
    assert pairs[:, whole].tolist() == list(range(40))
    smaller = min(by_day, by_night)
    assert 0 <= pairs[:, drawn].min() <= pairs[:, drawn].max() < smaller
    # 40 draws of 40 leave about 40 (1 - 1/e) = 25 different ones; far from one and from all.
    if smaller > 1:
        assert smaller / 3 < len(set(pairs[:, drawn].tolist())) < 36


def test_sets_of_equal_size_are_paired_anew_in_every_epoch() -> None:
    first, second = epoch(40, 40, 0), epoch(40, 40, 1)
    assert (first[:, 0] == first[:, 1]).mean() < 0.2
    assert (first[:, 1] == second[:, 1]).mean() < 0.2


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
