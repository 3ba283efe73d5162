# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""CycleGAN's schedule at the epochs where it changes."""

import pytest

from thermal_depth_ros.training.translation.config import TranslationTrainingConfig


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
    assert TranslationTrainingConfig().rate_factor(epoch) == pytest.approx(factor)


def test_other_lengths():
    method = TranslationTrainingConfig(constant_epochs=1, decay_epochs=3)
    found = [method.rate_factor(epoch) for epoch in range(5)]
    assert found == pytest.approx([1.0, 0.75, 0.5, 0.25, 0.0])
