# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Poses and distances between the samples of an odometry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.samples.odometry_track import brackets, interpolate_poses, travelled

SECOND = 1_000_000_000
seeds = st.integers(0, 2**32 - 1)


def about(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return quaternions (N, 4) of turns around one axis, in closed form."""
    half = np.asarray(angle)[:, None] / 2
    return np.concatenate([np.sin(half) * axis, np.cos(half)], axis=1)


def turn(axis: np.ndarray, angle: float) -> np.ndarray:
    """Return the rotation (3, 3) by Rodrigues' formula."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def uneven_stamps(rng: np.random.Generator, count: int) -> np.ndarray:
    return 10**18 + np.cumsum(rng.integers(80_000_000, 120_000_000, count))


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_a_screw_motion_is_followed_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    rate, speed = rng.uniform(-3, 3), rng.uniform(-5, 5)
    centre, arm = rng.normal(0, 100, 3), rng.normal(0, 3, 3)
    stamps = uneven_stamps(rng, 8)
    times = rng.integers(stamps[0], stamps[-1] + 1, 20)

    def seconds(t: np.ndarray) -> np.ndarray:
        return (t - stamps[0]) / SECOND

    def place(t: float) -> np.ndarray:
        return centre + turn(axis, rate * t) @ arm + speed * t * axis

    quaternions = about(axis, rate * seconds(stamps))
    quaternions *= rng.choice([-1, 1], (8, 1))  # both signs are the same rotation
    positions = np.stack([place(t) for t in seconds(stamps)])
    poses, known = interpolate_poses(stamps, positions, quaternions, times)
    assert known.all()
    for pose, t in zip(poses, seconds(times), strict=True):
        np.testing.assert_allclose(pose[:3, 3], place(t), atol=1e-6)
        np.testing.assert_allclose(pose[:3, :3], turn(axis, rate * t), atol=1e-7)
        np.testing.assert_array_equal(pose[3], [0, 0, 0, 1])


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_samples_come_back_as_they_are(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stamps = uneven_stamps(rng, 6)
    quaternions = rng.normal(size=(6, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    positions = rng.normal(size=(6, 3))
    poses, known = interpolate_poses(stamps, positions, quaternions, stamps)
    assert known.all()
    np.testing.assert_allclose(poses[:, :3, 3], positions, atol=1e-9)
    identity = poses[:, :3, :3] @ poses[:, :3, :3].swapaxes(1, 2)
    np.testing.assert_allclose(identity, np.tile(np.eye(3), (6, 1, 1)), atol=1e-12)


def test_nothing_is_known_beyond_half_a_period() -> None:
    stamps = np.arange(5) * SECOND // 10 + 10**18
    times = stamps[0] + np.array([-51, -49, 0, 449, 451]) * 1_000_000
    found = brackets(stamps, times)
    assert found.valid.tolist() == [False, True, True, True, False]
    assert found.fraction[1] == pytest.approx(-0.49) and found.fraction[3] == pytest.approx(1.49)


def test_nothing_is_known_within_a_silence_but_at_its_ends() -> None:
    stamps = 10**18 + np.array([0, 100, 200, 1200, 1300, 1400]) * 1_000_000
    times = 10**18 + np.array([150, 200, 210, 700, 1199, 1200, 1250]) * 1_000_000
    valid = [True, True, False, False, False, True, True]
    assert brackets(stamps, times).valid.tolist() == valid


def test_a_silence_at_the_end_is_not_extrapolated() -> None:
    stamps = 10**18 + np.array([0, 100, 200, 1200]) * 1_000_000
    assert brackets(stamps, stamps[-1:] + np.array([0, 1])).valid.tolist() == [True, False]


def test_a_few_lost_messages_are_no_silence() -> None:
    stamps = 10**18 + np.array([0, 20, 40, 60, 210, 230]) * 1_000_000  # 50 Hz, 150 ms lost
    assert brackets(stamps, np.array([10**18 + 130_000_000])).valid.all()


def test_a_single_sample_speaks_of_its_own_time_only() -> None:
    found = brackets(np.array([10**18]), 10**18 + np.array([0, 1]))
    assert found.valid.tolist() == [True, False]
    poses, known = interpolate_poses(
        np.array([10**18]), np.ones((1, 3)), np.array([[0.0, 0, 0, 1]]), np.array([10**18])
    )
    assert known.all() and poses[0, 0, 3] == 1
    metres, _, known = travelled(np.array([10**18]), np.array([3.0]), np.array([10**18]))
    assert known.all() and metres[0] == 0


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_distance_is_the_integral_of_an_even_acceleration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    stamps = uneven_stamps(rng, 10)
    start, acceleration = rng.uniform(1, 10), rng.uniform(0, 3)
    times = np.sort(rng.integers(stamps[0], stamps[-1] + 1, 12))
    t = (stamps - stamps[0]) / SECOND
    at = (times - stamps[0]) / SECOND
    metres, stretch, known = travelled(stamps, start + acceleration * t, times)
    assert known.all() and len(set(stretch.tolist())) == 1
    np.testing.assert_allclose(metres, start * at + acceleration * at**2 / 2, atol=1e-6)


def test_distances_across_a_silence_are_told_apart() -> None:
    stamps = 10**18 + np.array([0, 100, 200, 1200, 1300]) * 1_000_000
    times = 10**18 + np.array([50, 200, 600, 1200, 1300]) * 1_000_000
    _, stretch, known = travelled(stamps, np.ones(5), times)
    assert known.tolist() == [True, True, False, True, True]
    assert stretch[0] == stretch[1] != stretch[3] == stretch[4]
