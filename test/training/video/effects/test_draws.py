# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Strengths of effects: ranges, frequency, and draws that do not depend on each other."""

import numpy as np
import pytest

from thermal_depth_ros.training.video.effects.draws import Draws, positions


def test_strengths_fill_their_range_as_often_as_they_occur():
    draws = Draws(np.random.default_rng(0), 0.25)
    values = np.array([draws.strength(2.0) for _ in range(4000)])
    assert 0.22 < (values > 0).mean() < 0.28
    assert 1.95 < values.max() <= 2.0
    assert values[values > 0].mean() == pytest.approx(1.0, rel=0.06)
    signed = np.array([Draws(np.random.default_rng(n), 1.0).signed(1.0) for n in range(500)])
    assert signed.min() < -0.9 and signed.max() > 0.9 and abs(signed.mean()) < 0.1


def test_later_draws_do_not_depend_on_earlier_strengths():
    ends = []
    for largest, probability in ((0.0, 0.5), (3.0, 0.5), (3.0, 0.0), (3.0, 1.0)):
        draws = Draws(np.random.default_rng(7), probability)
        draws.strength(largest)
        draws.signed(largest)
        ends.append(draws.rng.random())
    assert len(set(ends)) == 1


def test_positions_are_one_in_the_corners():
    y, x = positions(31, 41, 'cpu')
    assert float((y**2 + x**2)[0, 0]) == pytest.approx(1.0)
    assert float((y**2 + x**2)[15, 20]) == 0.0
    assert all(np.isfinite(axis).all() for axis in positions(1, 1, 'cpu'))
