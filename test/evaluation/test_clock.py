# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thermal_depth_ros.evaluation.clock import clock_map, latency_ms, percentiles

SECOND = 10**9


def ns(*seconds: float) -> np.ndarray:
    return np.array([round(s * SECOND) for s in seconds], np.int64)


def test_time_between_and_outside_the_samples():
    clock = clock_map(ns(100, 101, 103), ns(50, 51, 53))
    at = clock.at(ns(99, 100.5, 102, 104))
    assert at == pytest.approx([-1 * SECOND, 0.5 * SECOND, 2 * SECOND, 4 * SECOND])
    assert clock.rate == pytest.approx(1.0)


def test_latency_follows_a_clock_of_another_speed():
    clock = clock_map(ns(0, 10), ns(1000, 1020))
    # Stamped at 1004, received at wall 3 when the clock says 1006.
    assert latency_ms(ns(1004), ns(3), clock) == pytest.approx([2000.0])


def test_a_clock_that_jumps_back_or_stands_is_no_clock():
    assert clock_map(ns(0, 1, 2), ns(5, 6, 4)) is None
    assert clock_map(ns(0, 1), ns(5, 5)) is None
    assert clock_map(ns(0), ns(5)) is None
    assert clock_map(ns(), ns()) is None


def test_without_clock_only_near_stamps_compare():
    assert latency_ms(ns(10.0), ns(10.25), None) == pytest.approx([250.0])
    assert latency_ms(ns(10.0), ns(1e6), None) is None
    assert latency_ms(ns(), ns(), None) is None


def test_percentiles_of_a_known_distribution():
    found = percentiles(np.arange(101.0))
    assert (found.count, found.p50, found.p95, found.p99, found.maximum) == (101, 50, 95, 99, 100)
    assert percentiles(np.empty(0)) is None
    assert percentiles(None) is None
