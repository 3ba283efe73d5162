# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Flicker of depth on a wall that a camera approaches."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.temporal_stability import SeenDepth, StabilityAccumulator

K = np.array([[60.0, 0, 19.5], [0, 60.0, 14.5], [0, 0, 1]])
SHAPE = (30, 40)


def wall(ahead_m, factor=1.0, mover=None):
    """Return a frame of a wall at z = 10 m, seen from z = ahead_m; factor(v, u) of its depth."""
    T = np.eye(4)
    T[2, 3] = ahead_m
    world = rigid.exponential(np.array([5, -3, 2, 0.3, 0.2, 0.1]))
    true = np.full(SHAPE, 10.0 - ahead_m, np.float32)
    if mover is not None:
        true[10:20, 10:20] = mover
    return SeenDepth(true, (true * factor).astype(np.float32), world @ T)


def result(*pairs):
    score = StabilityAccumulator()
    for previous, current in pairs:
        score.add(previous, current, K)
    return score.result()


def test_a_scale_and_a_fixed_error_are_no_flicker():
    found = result((wall(0.0, 0.6), wall(0.5, 0.6)))
    assert found.flicker == pytest.approx(0, abs=1e-6)
    assert found.points > 0.8 * 30 * 40
    far_is_long = result((wall(0.0, 1.2), wall(0.0, 1.2)))
    assert far_is_long.flicker == pytest.approx(0, abs=1e-6)


def test_a_jump_of_the_scale_is_flicker_of_the_image():
    found = result((wall(0.0), wall(0.5, 1.1)), (wall(0.5, 1.1), wall(1.0)))
    assert found.pairs == 2
    assert found.flicker == pytest.approx(np.log(1.1), rel=1e-4)
    assert found.scale_flicker == pytest.approx(np.log(1.1), rel=1e-4)


def test_noise_of_pixels_is_no_flicker_of_the_image():
    rng = np.random.default_rng(1)
    noise = [np.exp(rng.choice([-0.1, 0.1], SHAPE)) for _ in range(2)]
    found = result((wall(0.0, noise[0]), wall(0.0, noise[1])))
    # Half of the pixels change by 0.2, either way.
    assert found.flicker == pytest.approx(0.1, rel=0.1)
    assert found.scale_flicker < 0.01


def test_movers_and_unknown_pixels_do_not_count():
    near, nearer = wall(0.0, mover=4.0), wall(0.0, mover=3.0)
    found = result((near, nearer))
    assert found.points == 30 * 40 - 100
    holes = wall(0.0)
    holes.predicted_m[:, :10] = np.nan
    holes.true_m[:, 30:] = 0.0
    assert result((holes, wall(0.0))).points == 30 * 20
    assert result((wall(0.0), wall(20.0))) is None, 'behind the wall'
