# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of whole trajectories: known offsets, known scale and its drift."""

import dataclasses

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.trajectory import (
    Path3d,
    TrajectoryAccumulator,
    absolute_errors,
    local_scales,
    scale_drift,
)


def drive(frames=80, turn=0.05, step=1.0):
    one = rigid.exponential(np.array([step, 0, 0, 0, 0, turn]))
    return np.stack([np.linalg.matrix_power(one, k) for k in range(frames)])


def path(true, estimate, name='a'):
    return Path3d(name, np.arange(len(true)) * 10**8, true, estimate)


def evaluated(*paths):
    score = TrajectoryAccumulator()
    for one in paths:
        score.add(one)
    return score.result()


def test_another_world_and_another_unit():
    true = drive()
    T = rigid.exponential(np.array([7, 8, 9, 0.4, -0.3, 1.0]))
    estimate = T @ true
    found = evaluated(path(true, estimate))
    assert found.se3.rmse_m == pytest.approx(0, abs=1e-9)
    assert found.se3.rotation_mean_deg == pytest.approx(0, abs=1e-5)
    assert found.scale == pytest.approx(1.0)
    assert found.yaw.rmse_m > 1.0, 'the world is tilted'
    estimate = estimate.copy()
    estimate[:, :3, 3] *= 0.25
    found = evaluated(path(true, estimate))
    assert found.sim3.rmse_m == pytest.approx(0, abs=1e-9)
    assert found.scale == pytest.approx(4.0)
    assert found.se3.rmse_m > 1.0
    assert found.scale_drift.median == pytest.approx(4.0)
    assert found.scale_drift.spread == pytest.approx(0, abs=1e-9)
    assert found.scale_drift.percent_per_100m == pytest.approx(0, abs=1e-6)


def test_known_errors_of_poses():
    true = np.stack([np.eye(4)] * 4)
    estimate = true.copy()
    estimate[1, :3, 3] = 3.0, 4.0, 0.0
    estimate[2] = rigid.exponential(np.array([0, 0, 0, 0, np.radians(30), 0]))
    distance, angle = absolute_errors(true, estimate)
    np.testing.assert_allclose(distance, [0, 5, 0, 0])
    np.testing.assert_allclose(angle, [0, 0, 30, 0], atol=1e-9)


def test_a_drive_sideways_by_turns_has_the_size_of_the_turns():
    # 0.3 m to the left and right of the true line: no alignment removes it.
    true = drive(40, turn=0.0)
    estimate = true.copy()
    estimate[:, 1, 3] += 0.3 * (-1.0) ** np.arange(40)
    found = evaluated(path(true, estimate))
    for error in (found.se3, found.sim3, found.yaw):
        assert error.rmse_m == pytest.approx(0.3, abs=2e-3)
        assert error.std_m == pytest.approx(0, abs=0.02)
        assert error.max_m == pytest.approx(0.3, abs=0.03)


def test_trajectories_are_aligned_alone_and_their_poses_counted_together():
    long, short = drive(60, turn=0.0), drive(20, turn=0.0)
    wrong = short.copy()
    wrong[:, 1, 3] += 0.5 * (-1.0) ** np.arange(20)
    parts = TrajectoryAccumulator(), TrajectoryAccumulator()
    parts[0].add(path(long, rigid.exponential(np.array([9, 9, 9, 1, 1, 1])) @ long))
    parts[1].add(path(short, wrong, 'b'))
    parts[1].add(path(short[:2], short[:2], 'too short'))
    parts[0].merge(parts[1])
    found = parts[0].result()
    assert (found.trajectories, found.poses) == (2, 80)
    assert found.path_m == pytest.approx(59 + 19)
    assert found.yaw.rmse_m > found.se3.rmse_m
    assert found.se3.rmse_m == pytest.approx(np.sqrt(20 / 80) * 0.5, rel=0.02)
    assert found.se3.median_m == pytest.approx(0, abs=1e-6)
    assert TrajectoryAccumulator().result() is None


def test_a_scale_that_grows_by_a_percent_every_ten_metres():
    true = drive(201, turn=0.0)
    steps = np.diff(true[:, 0, 3]) / 1.01 ** (np.arange(200) // 10)
    estimate = true.copy()
    estimate[:, 0, 3] = np.concatenate([[0.0], np.cumsum(steps)])
    windows = local_scales(true, estimate)
    np.testing.assert_allclose(windows[:, 1], 1.01 ** np.arange(len(windows)), rtol=1e-9)
    found = scale_drift([windows])
    assert found.percent_per_100m == pytest.approx(100 * (1.01**10 - 1))
    # Two drives, each of a constant scale: a spread, but no drift within a drive.
    other = [np.array([[5.0, 1.0], [15.0, 1.0]]), np.array([[5.0, 2.0], [15.0, 2.0]])]
    found = scale_drift(other)
    assert found.percent_per_100m == pytest.approx(0, abs=1e-9)
    assert found.spread == pytest.approx(np.log(2) / 2)
    assert scale_drift([windows[:1]]) is None
    still = dataclasses.replace(path(true, true), estimate=np.stack([np.eye(4)] * 201))
    assert len(local_scales(still.true, still.estimate)) == 0
