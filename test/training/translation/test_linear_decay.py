# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""CycleGAN's schedule at the epochs where it changes."""

import pytest

from thermal_depth_ros.training.translation.linear_decay import linear_decay


@pytest.mark.parametrize(
    ('epoch', 'factor'),
    [
        (0, 1.0),
        (99, 1.0),
        (100, 100 / 101),
        (149, 51 / 101),
        (199, 1 / 101),
        (200, 0.0),
        (500, 0.0),
    ],
)
def test_a_hundred_constant_epochs_and_a_hundred_falling_ones(epoch, factor):
    assert linear_decay(epoch) == pytest.approx(factor)


def test_other_lengths():
    assert [linear_decay(e, 1, 3) for e in range(5)] == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])
