# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""NEES of trajectories whose errors have a known covariance."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.covariance_consistency import ConsistencyAccumulator

SIGMA = np.array([0.5, 0.2, 0.1, 0.02, 0.01, 0.05])
T_OTHER_WORLD = rigid.exponential(np.array([3, 2, 1, 0.5, -0.2, 1.0]))


def trajectory(count=800, seed=0):
    """Return true poses, and estimates in another world whose errors have the deviations SIGMA."""
    rng = np.random.default_rng(seed)
    true = np.stack([rigid.exponential(rng.normal(size=6)) for _ in range(count)])
    estimate = T_OTHER_WORLD @ true
    for k in range(1, count):  # the first is where the estimate begins
        error = SIGMA * rng.normal(size=6)
        estimate[k, :3, 3] -= error[:3]
        turn = rigid.exponential(np.concatenate([np.zeros(3), error[3:]]))[:3, :3]
        estimate[k, :3, :3] = turn.T @ estimate[k, :3, :3]
    return true, estimate


def nees(scale=1.0, **options):
    score = ConsistencyAccumulator()
    true, estimate = trajectory(**options)
    score.add(true, estimate, np.repeat(scale * np.diag(SIGMA**2)[None], len(true), 0))
    return score.result()


def test_a_consistent_covariance_and_one_that_is_a_quarter():
    found = nees()
    assert found.poses == 799
    for value in (found.nees, found.position, found.rotation):
        assert value == pytest.approx(1.0, abs=0.1)
    assert found.inside_95 == pytest.approx(0.95, abs=0.02)
    small = nees(0.25)
    assert small.nees == pytest.approx(4 * found.nees)
    assert small.inside_95 < 0.5


def test_correlations_count():
    score = ConsistencyAccumulator()
    true = np.stack([np.eye(4)] * 2)
    estimate = true.copy()
    estimate[1, :3, 3] = -1.0, -1.0, 0.0
    covariance = np.eye(6)
    covariance[0, 1] = covariance[1, 0] = 0.5
    score.add(true, estimate, np.stack([covariance] * 2))
    # The inverse of [[1, .5], [.5, 1]] gives (1, 1) the square 4 / 3.
    assert score.result().nees == pytest.approx(4 / 3 / 6)
    assert score.result().position == pytest.approx(4 / 3 / 3)


def test_unknown_covariances_are_left_out_and_parts_add_up():
    score, other = ConsistencyAccumulator(), ConsistencyAccumulator()
    true, estimate = trajectory(5)
    broken = [np.eye(6), np.zeros((6, 6)), np.full((6, 6), np.nan), -np.eye(6), np.eye(6)]
    score.add(true, estimate, np.stack(broken))
    assert score.result().poses == 1
    other.add(true, estimate, np.stack([np.eye(6)] * 5))
    other.merge(score)
    assert other.result().poses == 5
    assert ConsistencyAccumulator().result() is None
