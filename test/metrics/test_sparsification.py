# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sparsification curves whose values are known."""

import numpy as np
import pytest

from thermal_depth_ros.metrics.sparsification import STEPS, SparsificationAccumulator

ERROR = np.arange(2000) / 2000.0  # uniform: what is left below a share s has the mean (1 - s) / 2


def result(*pairs):
    score = SparsificationAccumulator()
    for pair in pairs:
        score.add(*pair)
    return score.result()


def test_the_oracle_and_its_opposite():
    best = result((ERROR, 1.0 - ERROR))
    shares = np.arange(STEPS) / STEPS
    np.testing.assert_allclose(best.oracle, (1 - shares) / 2, atol=1e-3)
    np.testing.assert_allclose(best.errors, best.oracle)
    assert best.ause == pytest.approx(0, abs=1e-12)
    assert best.gain == pytest.approx(1.0)
    worst = result((ERROR, ERROR))
    np.testing.assert_allclose(worst.errors, (1 + shares) / 2, atol=1e-3)
    assert worst.gain == pytest.approx(-1.0, abs=0.01)
    # mean over the steps of (1 + s) / 2 - (1 - s) / 2
    assert worst.ause == pytest.approx(shares.mean(), abs=1e-3)


def test_a_constant_says_nothing_and_nan_is_left_out_first():
    flat = result((ERROR, np.full(2000, 0.5)))
    assert flat.gain == pytest.approx(0.0, abs=0.1)
    first = np.where(ERROR > 0.5, np.nan, 0.5)
    half = result((ERROR, first))
    assert half.errors[STEPS // 2] == pytest.approx(0.25, abs=0.01)
    assert half.gain > 0.5


def test_images_count_alike_and_tiny_ones_not_at_all():
    one, other = SparsificationAccumulator(), SparsificationAccumulator()
    one.add(ERROR, -ERROR)
    other.add(3 * ERROR[::10], ERROR[::10])
    other.add(ERROR[: STEPS - 1], ERROR[: STEPS - 1])
    one.merge(other)
    found = one.result()
    assert found.images == 2
    assert found.errors[0] == pytest.approx((0.5 + 1.5) / 2, rel=0.01)
    assert SparsificationAccumulator().result() is None
    same = result((np.full(50, 0.1), np.arange(50)))
    assert same.gain is None and same.ause == pytest.approx(0, abs=1e-12)
