# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The comparison with PyTorch, by numbers worked out by hand."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.inference.engines.agreement import check_images, compare

FLAT = {'disparity': torch.full((1, 1, 10, 20), 0.5)}


def test_depth_is_compared_relative_to_itself_and_a_few_pixels_do_not_count():
    off = FLAT['disparity'] / 1.008  # depth = 1 / disparity is 0.8 % larger
    assert compare(FLAT, {'disparity': off}).depth_error == pytest.approx(0.008, rel=1e-5)
    few = FLAT['disparity'].clone()
    few[..., 0, 0] = 5.0  # 1 of 200
    assert compare(FLAT, {'disparity': few}).depth_error == 0.0
    far = compare(FLAT, {'disparity': FLAT['disparity'] * 1.02})
    assert far.problems == ('depth differs by 1.96% (p99), 1% is the limit',)


def test_classes_agree_by_pixel():
    logits = torch.zeros(1, 3, 10, 20)
    logits[:, 1] = 1.0
    other = logits.clone()
    other[:, 2, 0, :2] = 2.0  # 2 of 200
    found = compare({'logits': logits}, {'logits': other})
    assert found.class_agreement == pytest.approx(0.99)
    assert len(found.problems) == 1 and '99.5% is the limit' in found.problems[0]


def test_motion_is_compared_by_the_length_of_translation_and_of_rotation():
    motion = torch.tensor([[3.0, 0.0, 4.0, 0.0, 0.02, 0.0]])
    moved = motion + torch.tensor([[0.0, 0.02, 0.0, 0.0, 0.0, 0.0001]])
    found = compare({'motion': motion}, {'motion': moved})
    assert found.motion_error == pytest.approx(0.005, rel=1e-4)  # 0.02 / 5 < 0.0001 / 0.02
    assert found.problems == ()


@pytest.mark.parametrize('bad', [float('nan'), float('inf')])
def test_what_is_not_a_number_agrees_with_nothing(bad):
    broken = {'disparity': FLAT['disparity'].clone()}
    broken['disparity'][0, 0, 3, 4] = bad
    found = compare(FLAT, broken)
    assert not found.finite and found.problems == ('its outputs are not finite',)


@pytest.mark.parametrize('channels', [1, 3])
def test_the_images_are_the_same_every_time_and_show_something_that_moved(channels):
    previous, current = check_images(channels, (48, 64))
    again = check_images(channels, (48, 64))
    assert np.array_equal(previous, again[0]) and np.array_equal(current, again[1])
    for image in (previous, current):
        assert image.shape == (48, 64, channels) and image.dtype == np.float32
        assert image.min() >= 0 and image.max() <= 1 and image.std() > 0.1
    changed = np.abs(previous - current).max(-1) > 0.1
    assert 0.01 < changed.mean() < 0.5
