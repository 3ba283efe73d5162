# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Alignments of trajectories: known motions are found, and no other one fits better."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.alignment import Alignment, align, apply

UP = np.array([0.0, 0.0, 1.0])


def cloud(seed=0, count=40):
    return np.random.default_rng(seed).normal(size=(count, 3)) * [20.0, 12.0, 2.0]


def moved(points, T, scale=1.0):
    return scale * points @ T[:3, :3].T + T[:3, 3]


def squares(true, estimate, scale, T):
    return float(((true - moved(estimate, T, scale)) ** 2).sum())


@pytest.mark.parametrize(('how', 'scale'), [(Alignment.SE3, 1.0), (Alignment.SIM3, 3.5)])
def test_a_known_motion_is_found(how, scale):
    T = rigid.exponential(np.array([5.0, -300.0, 2.0, 2.0, -1.5, 0.7]))
    estimate = cloud()
    found_scale, found = align(moved(estimate, T, scale), estimate, how, UP)
    assert found_scale == pytest.approx(scale)
    np.testing.assert_allclose(found, T, atol=1e-9)


def test_yaw_turns_about_the_vertical_only():
    up = np.array([0.6, 0.0, 0.8])
    T = rigid.exponential(np.concatenate([np.zeros(3), 1.1 * up]))
    T[:3, 3] = 1.0, 2.0, 3.0
    estimate = cloud()
    scale, found = align(moved(estimate, T), estimate, Alignment.YAW, up)
    assert scale == 1.0
    np.testing.assert_allclose(found, T, atol=1e-9)
    tilted = rigid.exponential(np.array([0, 0, 0, 0.2, 0.0, 0.0]))
    _, level = align(moved(estimate, tilted), estimate, Alignment.YAW, UP)
    np.testing.assert_allclose(level[:3, :3] @ UP, UP, atol=1e-12)


@pytest.mark.parametrize('how', list(Alignment))
def test_no_neighbour_fits_better(how):
    rng = np.random.default_rng(3)
    estimate = cloud()
    true = moved(estimate, rigid.exponential(rng.normal(size=6)), 1.4) + rng.normal(size=(40, 3))
    scale, T = align(true, estimate, how, UP)
    best = squares(true, estimate, scale, T)
    for _ in range(30):
        twist = 0.02 * rng.normal(size=6)
        if how is Alignment.YAW:
            twist[3:5] = 0.0
        grown = scale * (1 + 0.02 * rng.normal() * (how is Alignment.SIM3))
        assert squares(true, estimate, grown, rigid.exponential(twist) @ T) > best


def test_a_mirrored_trajectory_is_not_mirrored_back():
    estimate = cloud() * [1.0, 1.0, -1.0]
    _, T = align(cloud(), estimate, Alignment.SIM3, UP)
    assert np.linalg.det(T[:3, :3]) == pytest.approx(1.0)


def test_a_straight_line_and_a_body_at_rest():
    line = np.arange(9.0)[:, None] * [1.0, 2.0, 0.0]
    T = rigid.exponential(np.array([1, 2, 3, 0.3, 0.2, 0.1]))
    scale, found = align(moved(line, T, 2.0), line, Alignment.SIM3, UP)
    assert squares(moved(line, T, 2.0), line, scale, found) == pytest.approx(0, abs=1e-16)
    scale, found = align(line, np.ones((9, 3)), Alignment.SIM3, UP)
    assert scale == 1.0 and np.isfinite(found).all()


def test_poses_are_scaled_before_they_are_moved():
    T = rigid.exponential(np.array([1, 2, 3, 0, 0, 0.5]))
    pose = rigid.exponential(np.array([4, 5, 6, 0.1, 0.2, 0.3]))
    (found,) = apply(2.0, T, pose[None])
    np.testing.assert_allclose(found[:3, 3], T[:3, :3] @ (2 * pose[:3, 3]) + T[:3, 3])
    np.testing.assert_allclose(found[:3, :3], T[:3, :3] @ pose[:3, :3])
