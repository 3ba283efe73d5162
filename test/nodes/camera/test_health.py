# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Counters, rates, percentiles, memory."""

import mmap

import numpy as np
import pytest

from thermal_depth_ros.nodes.camera.health import Counters, Rate, Window, resident_mib


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_counters_count_by_name():
    counters = Counters()
    assert [counters.add('a'), counters.add('b'), counters.add('a')] == [1, 1, 2]
    assert counters.snapshot() == {'a': 2, 'b': 1}


def test_rate_of_a_steady_stream_and_of_silence():
    clock = _Clock()
    rate = Rate(window_s=5.0, now=clock)
    assert rate.hz() == 0.0
    for _ in range(300):
        clock.now += 0.1
        rate.tick()
    assert rate.hz() == pytest.approx(10.0, rel=0.03)
    clock.now += 5.1
    assert rate.hz() == 0.0


def test_rate_before_the_window_is_full():
    clock = _Clock()
    rate = Rate(window_s=5.0, now=clock)
    for _ in range(20):
        clock.now += 0.05
        rate.tick()
    assert rate.hz() == pytest.approx(20.0, rel=0.06)


def test_percentiles_are_those_of_the_last_values():
    window = Window(length=100)
    assert window.percentiles() is None
    for value in [1e9] * 50 + list(range(100)):
        window.add(value)
    found = window.percentiles()
    assert found is not None and found.count == 100
    assert (found.p50, found.p95, found.p99) == tuple(np.percentile(range(100), (50, 95, 99)))
    window.clear()
    assert window.percentiles() is None


def test_resident_memory_grows_with_what_is_held():
    before = resident_mib()
    # A mapping of its own: malloc may hand out pages that were resident all along.
    with mmap.mmap(-1, 64 * 2**20) as held:
        for place in range(0, len(held), mmap.PAGESIZE):
            held[place] = 1
        assert 50.0 < resident_mib() - before < 90.0


def test_ever_new_names_are_counted_together():
    counters = Counters()
    for number in range(1000):
        counters.add(f'reason {number}')
    counts = counters.snapshot()
    assert len(counts) <= 65
    assert sum(counts.values()) == 1000
    assert counts['other reasons'] > 900
