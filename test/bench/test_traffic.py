# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Counting and latency by stamps, on traffic whose answers are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.bench.graph import Arrivals, delivery, slope_per_minute

MS = 1_000_000


def arrivals(*pairs):
    stamps, received = np.array(pairs, np.int64).reshape(-1, 2).T
    return Arrivals(stamps, received)


def test_every_frame_answered():
    published = np.arange(100, dtype=np.int64) * 33 * MS
    found = delivery(published, Arrivals(published, published + np.arange(1, 101) * MS))
    assert (found.published, found.arrived, found.lost) == (100, 100, 0)
    assert found.p50_ms == pytest.approx(50.5)
    assert found.worst_ms == pytest.approx(100.0)


def test_lost_repeated_and_foreign_frames():
    published = np.array([10, 20, 30], np.int64) * MS
    heard = arrivals((10 * MS, 12 * MS), (30 * MS, 31 * MS), (30 * MS, 90 * MS), (5 * MS, 6 * MS))
    found = delivery(published, heard)
    assert (found.arrived, found.lost) == (2, 1)
    assert found.worst_ms == pytest.approx(2.0), 'a repetition counts with its first arrival'


def test_order_of_arrival_does_not_matter():
    published = np.array([1, 2], np.int64) * MS
    found = delivery(published, arrivals((2 * MS, 7 * MS), (1 * MS, 4 * MS)))
    assert (found.p50_ms, found.worst_ms) == (pytest.approx(4.0), pytest.approx(5.0))


def test_nothing_arrived():
    found = delivery(np.array([1], np.int64), arrivals())
    assert (found.arrived, found.lost) == (0, 1)
    assert math.isnan(found.p99_ms)


@given(
    slope=st.floats(-100, 100),
    start=st.floats(0, 1e9),
    level=st.floats(0, 1e4),
)
def test_slope_of_a_line(slope, start, level):
    times = start + np.arange(20.0)
    found = slope_per_minute(times, level + slope * (times - start))
    assert found == pytest.approx(slope * 60.0, abs=1e-4)


def test_slope_needs_two_times():
    assert math.isnan(slope_per_minute(np.array([1.0]), np.array([5.0])))
    assert math.isnan(slope_per_minute(np.array([1.0, 1.0]), np.array([5.0, 6.0])))
