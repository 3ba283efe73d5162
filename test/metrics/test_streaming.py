# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mean, spread and median without keeping the numbers, against those of all numbers."""

import numpy as np
import pytest

from thermal_depth_ros.metrics.streaming import RunningMedian, RunningSpread


def filled(kind, values):
    made = kind()
    for value in values:
        made.add(float(value))
    return made


@pytest.mark.parametrize('count', [1, 2, 7, 2000, 2001])
def test_as_of_all_numbers_whole_or_merged(count):
    values = np.random.default_rng(count).lognormal(0.3, 0.5, count)
    parts = np.array_split(values, 3)
    median, spread = filled(RunningMedian, values), filled(RunningSpread, values)
    merged_median, merged_spread = RunningMedian(), RunningSpread()
    for part in parts:
        merged_median.merge(filled(RunningMedian, part))
        merged_spread.merge(filled(RunningSpread, part))
    for found in (median, merged_median):
        assert found.median == pytest.approx(np.median(values), rel=1e-4)
    for found in (spread, merged_spread):
        assert (found.count, found.mean) == (count, pytest.approx(values.mean(), rel=1e-12))
        assert found.deviation == pytest.approx(values.std(), rel=1e-9, abs=1e-15)


def test_the_median_is_exact_where_numbers_are_apart_or_equal():
    assert filled(RunningMedian, [4.0, 0.25, 1.0]).median == 1.0
    assert filled(RunningMedian, [4.0, 0.25, 1.0, 2.0]).median == 1.5
    assert filled(RunningMedian, [3.0] * 5).median == 3.0
    assert filled(RunningSpread, [0.1] * 9).deviation == pytest.approx(0.0, abs=1e-16)


def test_nothing_of_nothing():
    assert np.isnan([RunningMedian().median, RunningSpread().deviation]).all()


def test_memory_does_not_grow_with_the_stream():
    values = np.random.default_rng(0).uniform(1.9, 2.1, 20_000)
    assert len(filled(RunningMedian, values)._bins) < 1100
