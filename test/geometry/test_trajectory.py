# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Poses between poses: on the arc, never beyond the ends, never across a gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.trajectory import Trajectory, interpolate

TWIST = np.array([2.0, 0, 0, 0, 0, 0.4])  # a bend: 2 m and 0.4 rad a second


def _pose(seconds: float) -> np.ndarray:
    return rigid.exponential(TWIST * seconds)


def test_constant_twist_is_followed_exactly():
    stamps = np.array([0, 1, 3]) * 10**9
    track = Trajectory(stamps, np.stack([_pose(s) for s in (0, 1, 3)]))
    for seconds in (0.0, 0.25, 1.0, 2.9, 3.0):
        np.testing.assert_allclose(track.at(int(seconds * 1e9), 5.0), _pose(seconds), atol=1e-12)


@pytest.mark.parametrize('stamp', [-1, 3 * 10**9 + 1, 10**18])
def test_nothing_is_made_up_beyond_the_ends(stamp):
    track = Trajectory(np.array([0, 3 * 10**9]), np.stack([np.eye(4)] * 2))
    assert track.at(stamp, 10.0) is None
    assert Trajectory(np.empty(0), np.empty((0, 4, 4))).at(stamp, 10.0) is None


def test_a_gap_is_not_bridged():
    track = Trajectory(np.array([0, 10**9]), np.stack([np.eye(4)] * 2))
    assert track.at(5 * 10**8, 0.9) is None
    assert track.at(10**9, 0.9) is not None


def test_unsorted_and_repeated_stamps():
    poses = np.stack([_pose(1), _pose(0), _pose(7)])
    track = Trajectory(np.array([10**9, 0, 10**9]), poses)
    assert len(track) == 2
    np.testing.assert_allclose(track.at(5 * 10**8, 2.0), _pose(0.5), atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.floats(-0.5, 1.5))
def test_every_frame_of_a_body_is_interpolated_to_the_same_motion(seed, fraction):
    rng = np.random.default_rng(seed)
    first, second, mount = (rigid.exponential(rng.normal(size=6)) for _ in range(3))
    np.testing.assert_allclose(
        interpolate(first @ mount, second @ mount, fraction),
        interpolate(first, second, fraction) @ mount,
        atol=1e-6,
    )


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_interpolation_turns_by_its_fraction_of_the_shorter_arc(seed, fraction):
    rng = np.random.default_rng(seed)
    first, second = (rigid.compose(q, np.zeros(3)) for q in rng.normal(size=(2, 4)))
    between = interpolate(first, second, fraction)

    def angle(a, b):
        return np.arccos(np.clip((np.trace(a[:3, :3].T @ b[:3, :3]) - 1) / 2, -1, 1))

    whole = angle(first, second)
    assert angle(first, between) == pytest.approx(fraction * whole, abs=1e-5)
    assert angle(between, second) == pytest.approx((1 - fraction) * whole, abs=1e-5)
