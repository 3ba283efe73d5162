# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drift over distance: known scale, known turn."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.drift import DriftAccumulator, path_scale


def drive(frames=60, turn=0.0, step=1.0):
    one = rigid.exponential(np.array([0, 0, step, 0, turn, 0]))
    return np.stack([np.linalg.matrix_power(one, k) for k in range(frames)])


def test_a_wrong_scale_is_metric_drift_alone():
    true, estimate = drive(turn=0.02), drive(turn=0.02)
    estimate[:, :3, 3] *= 0.8
    score = DriftAccumulator()
    assert score.add(true, estimate) == pytest.approx(1.25)
    found = score.result()
    assert [entry.length_m for entry in found] == [5, 10, 20, 50]
    for entry in found:
        # the chord of a bend is a little shorter than the way
        assert entry.metric_percent == pytest.approx(20, abs=1.0)
        assert entry.scaled_percent == pytest.approx(0, abs=1e-9)
        assert entry.rotation_deg_per_m == pytest.approx(0, abs=1e-6)


def test_a_constant_turn_error_in_degrees_per_metre():
    score = DriftAccumulator()
    score.add(drive(), drive(turn=np.radians(0.5)))
    for entry in score.result():
        assert entry.rotation_deg_per_m == pytest.approx(0.5)
    assert score.result()[0].segments == 60 - 5


def test_merging_weighs_every_segment_alike():
    one, other = DriftAccumulator(), DriftAccumulator()
    one.add(drive(16), drive(16, step=0.5))
    other.add(drive(31), drive(31))
    one.merge(other)
    five = one.result()[0]
    assert five.segments == (16 - 5) + (31 - 5)
    assert five.metric_percent == pytest.approx(50 * 11 / 37)


def test_standing_still():
    assert path_scale(drive(5), np.stack([np.eye(4)] * 5)) == 0.0
    score = DriftAccumulator()
    score.add(np.stack([np.eye(4)] * 5), drive(5))
    assert score.result() == ()
