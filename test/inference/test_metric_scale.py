# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A drive with a known factor between metres and network units must give that factor back."""

import threading

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.frames.frame import MetricScale
from thermal_depth_ros.inference.metric_scale import (
    MAX_WHEEL_SAMPLES,
    WheelScale,
    scaled_motion,
    solve_scale,
)
from thermal_depth_ros.inference.network_pipeline import current_scale

TRAINED = MetricScale(1.5, False, 'bundle')
SECOND = 1_000_000_000


def body_pose(t, speed, rate):
    """Constant speed and turn rate: a circle, in closed form."""
    a = rate * t
    T = np.eye(4)
    T[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    T[:3, 3] = [speed / rate * np.sin(a), speed / rate * (1 - np.cos(a)), 0]
    return T


def drive(scale, *, factor, seconds=5.0, speed=5.0, rate=0.2, mount=None, corrupt=None):
    """Feed wheel positions at 50 Hz and network motions at 30 Hz, interleaved by stamp."""
    mount = np.eye(4) if mount is None else mount
    wheel = [(round(k * 0.02 * SECOND), 'wheel') for k in range(int(seconds * 50) + 1)]
    frames = [(round(k / 30 * SECOND), 'frame') for k in range(int(seconds * 30))]
    previous = None
    for index, (stamp, what) in enumerate(sorted(wheel + frames)):
        body = body_pose(stamp / SECOND, speed, rate)
        if what == 'wheel':
            scale.add(stamp, body[:3, 3])
            continue
        camera = body @ mount
        if previous is not None:
            motion = np.linalg.inv(previous[1]) @ camera
            motion[:3, 3] /= factor
            if corrupt is not None:
                motion = corrupt(index, motion)
            scale.observe(previous[0], stamp, motion, mount)
        previous = (stamp, camera)


def test_recovers_a_known_factor():
    scale = WheelScale()
    drive(scale, factor=7.3)
    assert scale.factor == pytest.approx(7.3, rel=2e-3)


def test_recovers_it_with_a_third_of_the_motions_wrong():
    scale = WheelScale()
    random = np.random.default_rng(1)
    bursts = random.random(400) < 0.3

    def corrupt(index, motion):
        if bursts[index // 12]:
            motion[:3, 3] *= random.uniform(3, 10)
        return motion

    drive(scale, factor=2.0, seconds=8.0, corrupt=corrupt)
    assert scale.factor == pytest.approx(2.0, rel=2e-2)


def test_the_lever_of_the_mount_does_not_bias_a_turning_drive():
    mount = np.eye(4)
    mount[:3, :3] = [[0, 0, 1], [-1, 0, 0], [0, -1, 0]]
    mount[:3, 3] = [2.0, 0.3, 1.5]
    scale = WheelScale()
    drive(scale, factor=3.0, speed=1.0, rate=0.4, seconds=10.0, mount=mount)
    assert scale.factor == pytest.approx(3.0, rel=5e-3)


def test_says_nothing_before_enough_travel():
    scale = WheelScale()
    drive(scale, factor=4.0, seconds=0.3, speed=5.0)
    assert scale.factor is None
    assert 0.5 <= scale.travelled_m < 2.0


def test_says_nothing_while_standing_still():
    scale = WheelScale()
    drive(scale, factor=4.0, seconds=5.0, speed=0.01)
    assert scale.factor is None


def test_motions_wait_for_late_wheel_messages():
    scale = WheelScale()
    ahead = np.eye(4)
    ahead[0, 3] = 0.5
    for k in range(10):
        scale.observe(k * SECOND // 10, (k + 1) * SECOND // 10, ahead, None)
    for k in range(11):
        scale.add(k * SECOND // 10, (k * 1.0, 0, 0))
    assert scale.factor is None
    scale.observe(SECOND, SECOND + 1, np.eye(4), None)
    assert scale.factor == pytest.approx(2.0)


def test_unusable_positions_are_refused():
    scale = WheelScale()
    assert scale.add(1, (0, 0, 0))
    assert not scale.add(2, (np.nan, 0, 0))
    assert not scale.add(3, (np.inf, 0, 0))
    assert not scale.add(4, (0, 0))


def test_a_repeated_wheel_message_changes_nothing():
    once, twice = WheelScale(), WheelScale()
    drive(once, factor=6.0)
    add = twice.add
    twice.add = lambda stamp, position: add(stamp, position) and add(stamp, (99.0, 0, 0))
    drive(twice, factor=6.0)
    assert twice.factor == once.factor


def test_a_time_jump_keeps_the_scale_and_measures_on():
    scale = WheelScale()
    drive(scale, factor=6.0)
    scale.reset()
    assert scale.factor == pytest.approx(6.0, rel=2e-3)
    drive(scale, factor=6.0)
    assert scale.factor == pytest.approx(6.0, rel=2e-3)


def test_a_bag_loop_without_reset_measures_nothing_across_the_jump():
    scale = WheelScale()
    for _ in range(3):
        drive(scale, factor=6.0)
    assert scale.factor == pytest.approx(6.0, rel=2e-3)


def test_memory_stays_bounded():
    scale = WheelScale()
    for k in range(5 * MAX_WHEEL_SAMPLES):
        scale.add(k * SECOND // 100, (k * 0.01, 0, 0))
        scale.observe(k, k + 1, np.eye(4), None)
    assert len(scale._stamps) <= 2 * MAX_WHEEL_SAMPLES + 1
    assert len(scale._positions) == len(scale._stamps)


def test_positions_may_come_from_another_thread():
    scale = WheelScale()
    ahead = np.eye(4)
    ahead[0, 3] = 0.05

    def wheels():
        for k in range(3000):
            scale.add(k * SECOND // 100, (k * 0.1, 0, 0))

    thread = threading.Thread(target=wheels)
    thread.start()
    for k in range(2000):
        scale.observe(k * SECOND // 100, (k + 1) * SECOND // 100, ahead, None)
    thread.join()
    scale.observe(29 * SECOND, 29 * SECOND + SECOND // 100, ahead, None)
    if scale.factor is not None:
        assert scale.factor == pytest.approx(2.0)


@given(st.floats(0.01, 100), st.floats(0.1, 10), st.floats(-3.1, 3.1), st.floats(0.0, 5.0))
def test_solve_scale_inverts_the_sum_it_is_defined_by(factor, length, angle, lever):
    translation = length * np.array([1.0, 0, 0])
    swing = lever * np.array([np.cos(angle), np.sin(angle), 0])
    wheel = np.linalg.norm(factor * translation + swing)
    assume(wheel > 1.01 * lever)
    assert solve_scale(translation, swing, wheel) == pytest.approx(factor, rel=1e-5)


def test_solve_scale_refuses_turning_on_the_spot_and_no_motion():
    assert solve_scale(np.array([0.1, 0, 0]), np.array([0, 1.0, 0]), 0.5) is None
    assert solve_scale(np.zeros(3), np.zeros(3), 0.5) is None
    assert solve_scale(np.array([np.nan, 0, 0]), np.zeros(3), 0.5) is None


class TestCurrentScale:
    def test_bundle(self):
        assert current_scale(ThermalConfig(), TRAINED, None) is TRAINED

    def test_fixed(self):
        config = ThermalConfig(scale_source='fixed', metric_scale=2.5)
        scale = current_scale(config, TRAINED, None)
        assert (scale.factor, scale.metric) == (2.5, True)

    def test_wheel_before_and_after_travel(self):
        config, wheel = ThermalConfig(scale_source='wheel'), WheelScale()
        waiting = current_scale(config, TRAINED, wheel)
        assert (waiting.factor, waiting.metric) == (1.5, False)
        assert '0.0 of 2.0 m' in waiting.source
        drive(wheel, factor=8.0)
        measured = current_scale(config, TRAINED, wheel)
        assert measured.metric and measured.factor == pytest.approx(8.0, rel=2e-3)
        assert 'wheel odometry over' in measured.source

    def test_wheel_without_wheels(self):
        scale = current_scale(ThermalConfig(scale_source='wheel'), TRAINED, None)
        assert not scale.metric and 'no wheel odometry' in scale.source


def test_scaled_motion_scales_translation_only():
    motion = body_pose(1.0, 2.0, 0.3)
    scaled = scaled_motion(motion, 4.0)
    assert scaled[:3, 3] == pytest.approx(4 * motion[:3, 3])
    assert (scaled[:3, :3] == motion[:3, :3]).all()
