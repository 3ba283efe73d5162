# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Replay timing: arithmetic that needs no clock."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.schedule import (
    NS_PER_S,
    ReplayConfig,
    Timeline,
    Window,
    aligned_offsets,
    window,
)
from thermal_depth_ros.base.settings import SettingsError, build

START, END = 100 * NS_PER_S, 110 * NS_PER_S


@pytest.mark.parametrize('rate', [0.0, -1.0, math.nan, math.inf])
def test_impossible_rates_are_refused_by_name(rate):
    with pytest.raises(SettingsError, match=r'rate: .* is (not finite|below the minimum)'):
        build(ReplayConfig, {'rate': rate})


def test_window_is_the_whole_recording_by_default():
    assert window(ReplayConfig(), START, END) == Window(START, END)


def test_window_starts_later_and_ends_sooner():
    config = ReplayConfig(start_s=2.5, duration_s=3.0)
    assert window(config, START, END) == Window(102_500_000_000, 105_500_000_000)
    assert window(dataclasses.replace(config, duration_s=99.0), START, END).last_ns == END


def test_start_behind_the_end_is_an_error_with_the_length():
    with pytest.raises(BagError, match=r'start: 11 s is after .*10\.000 s'):
        window(ReplayConfig(start_s=11.0), START, END)


def test_double_rate_halves_the_wait():
    line = Timeline(2.0, START, 500)
    assert line.due_ns(START) == 500
    assert line.due_ns(START + NS_PER_S) == 500 + NS_PER_S // 2
    assert line.time_ns(500 + NS_PER_S) == START + 2 * NS_PER_S


@given(
    rate=st.floats(1e-3, 1e3),
    later=st.integers(0, 10**15),
    now=st.integers(0, 2**60),
)
def test_timeline_goes_there_and_back(rate, later, now):
    line = Timeline(rate, START, now)
    back = line.time_ns(line.due_ns(START + later))
    # The clock counts whole nanoseconds; one of them is `rate` of recorded time, and a float
    # has 53 bits.
    assert abs(back - (START + later)) <= max(2.0, rate) + later * 2**-50


def test_aligned_recordings_start_with_the_first():
    starts = [50, 20, 90]
    assert [s + o for s, o in zip(starts, aligned_offsets(starts), strict=True)] == [50, 50, 50]
