# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Gain control to 8 bits: linear, by the histogram, and with a plateau."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.video.effects.agc import KINDS, gain_controlled


def scene(seed: int = 0) -> np.ndarray:
    """Return counts of a cold background and a few warm pixels."""
    rng = np.random.default_rng(seed)
    counts = rng.normal(3000, 20, (60, 80))
    counts[20:26, 30:38] = rng.normal(5000, 50, (6, 8))
    return counts.astype(np.float32)


@pytest.mark.parametrize('kind', KINDS)
def test_levels_are_whole_and_keep_the_order(kind):
    counts = scene()
    levels = gain_controlled(torch.from_numpy(counts)[None], kind)[0].numpy()
    assert levels.min() == 0 and levels.max() == 255
    np.testing.assert_array_equal(levels, levels.round())
    assert (np.diff(levels.ravel()[np.argsort(counts.ravel())]) >= 0).all()


def test_linear_is_a_straight_line():
    counts = torch.arange(4001.0).reshape(1, 1, -1) + 100
    levels = gain_controlled(counts, 'linear')[0, 0]
    share = (np.arange(4001) - 4) / (3996 - 4)  # a thousandth is cut off at both ends
    np.testing.assert_allclose(levels, 255 * share.clip(0, 1), atol=0.51)


def test_the_histogram_makes_levels_equally_frequent():
    levels = gain_controlled(torch.from_numpy(scene())[None], 'histogram').numpy()
    counted = np.histogram(levels, 8, (0, 256))[0]
    # One bin of counts holds several percent of the background, which cannot be divided.
    assert counted.min() > 0.3 * counted.mean()


def test_a_plateau_lies_between_both():
    counts = torch.from_numpy(scene())[None]
    background = {k: gain_controlled(counts, k)[0, 30:, :].std().item() for k in KINDS}
    assert background['linear'] < background['plateau'] < background['histogram']
    # Without an effective limit it is the histogram; images are mapped alone.
    free = gain_controlled(counts, 'plateau', plateau=1e6)
    assert torch.equal(free, gain_controlled(counts, 'histogram'))
    both = torch.cat([counts, 2 * counts + 77])
    first, second = gain_controlled(both, 'plateau')
    assert (first - second).abs().max() <= 1


@pytest.mark.parametrize('kind', KINDS)
def test_a_constant_image_is_black(kind):
    assert not gain_controlled(torch.full((2, 5, 6), 3000.0), kind).any()
