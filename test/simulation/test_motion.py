# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Motion of the vehicle and what its wheels say about it."""

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.layouts import StreetGrid
from thermal_depth_ros.simulation.route import smooth_route
from thermal_depth_ros.simulation.seeds import stream
from thermal_depth_ros.simulation.speed import RATE_HZ, Handling, Stop, drive_along
from thermal_depth_ros.simulation.wheel import wheel_track
from thermal_depth_ros.simulation.world import draw_world

CAR = Handling(cruise=8.0, accelerate=1.5, brake=2.0, lateral=2.0, softness_s=0.3)


def test_straight_route_stays_where_it_is():
    route = smooth_route(np.array([[0.0, 0.0], [50.0, 0.0]]), 4.0, offset_m=1.5)
    np.testing.assert_allclose(route.xy[:, 1], -1.5, atol=1e-9)
    np.testing.assert_allclose(route.curvature, 0.0, atol=1e-9)
    assert route.length_m == pytest.approx(50.0, abs=0.3)


def test_corner_turns_by_its_angle_with_the_radius_of_its_smoothing():
    route = smooth_route(np.array([[0.0, 0.0], [60.0, 0.0], [60.0, 60.0]]), 5.0)
    assert route.heading[-1] - route.heading[0] == pytest.approx(np.pi / 2, abs=1e-3)
    # Along the unblurred corner the direction is (cdf(-s), cdf(s)). At the apex it turns by
    # pdf(0) / cdf(0) per length of that corner, while the point moves sqrt(2) / 2 as far.
    expected = (1 / (5.0 * np.sqrt(2 * np.pi))) / 0.5 / np.sqrt(0.5)
    assert route.curvature.max() == pytest.approx(expected, rel=0.02)


def test_speed_keeps_to_cruise_curves_and_stops():
    corners = np.array([[0.0, 0.0], [80.0, 0.0], [80.0, 200.0]])
    route = smooth_route(corners, 5.0)
    s, v = drive_along(route, CAR, [Stop(130.0, 2.0)], 60.0)
    assert v.max() <= CAR.cruise * 1.01
    curvature = np.interp(s, route.s, np.abs(route.curvature))
    assert (v**2 * curvature).max() < CAR.lateral * 1.5
    change = np.diff(v) * RATE_HZ
    assert change.max() < CAR.accelerate * 1.1
    assert change.min() > -CAR.brake * 1.7
    standing = np.flatnonzero(v == 0.0)
    waits = s[standing[standing > 500]]
    assert waits.min() == pytest.approx(130.0, abs=1.5)
    np.testing.assert_allclose(np.diff(s), 0.5 * (v[1:] + v[:-1]) / RATE_HZ, atol=1e-12)


@pytest.mark.parametrize('seed', range(4))
def test_poses_are_smooth_and_on_the_ground(seed):
    motion = draw_world(SimulationConfig(seed=seed, duration_s=20.0)).motion
    times = np.arange(0.5, 20.0, 0.05)
    twists = np.array([motion.twist(t) for t in times])
    speed = np.array([motion.speed(t) for t in times])
    np.testing.assert_allclose(twists[:, 0], speed, atol=0.15 + 0.02 * speed.max())
    assert np.abs(twists[:, 1:3]).max() < 0.8  # sideways and up: shaking only
    assert np.abs(np.diff(twists, axis=0)).max() < 0.8
    heights = [motion.pose(t)[2, 3] for t in times]
    assert np.abs(heights).max() < 0.1
    still = [motion.speed(t - 0.15) + motion.speed(t + 0.15) == 0 for t in times]
    np.testing.assert_array_equal(twists[still], 0.0)


def test_twist_moves_one_pose_to_the_next():
    motion = draw_world(SimulationConfig(seed=2, duration_s=10.0)).motion
    t, step = 6.0, 0.002
    moved = motion.pose(t) @ rigid.exponential(motion.twist(t + step / 2) * step)
    np.testing.assert_allclose(moved, motion.pose(t + step), atol=2e-5)


def test_drives_turn_in_streets():
    turned = []
    for seed in range(2):
        world = draw_world(SimulationConfig(seed=seed, scene='street', duration_s=40.0))
        assert isinstance(world.layout, StreetGrid)
        headings = [world.motion.route.pose(world.motion.length(t))[2] for t in range(40)]
        turned.append(np.ptp(headings))
    assert max(turned) > 1.3


def test_vehicle_meets_nothing_that_stands():
    for seed in range(3):
        world = draw_world(SimulationConfig(seed=seed, duration_s=20.0))
        low = world.static.centre[:, 2] - world.static.half[:, 2] < 2.0
        places = world.static.centre[low][:, :2]
        way = np.array([world.motion.pose(t)[:2, 3] for t in np.arange(0, 20, 0.25)])
        away = np.hypot(*(places[:, None] - way[None]).transpose(2, 0, 1))
        assert away.min() > 1.5


def test_wheels_measure_the_truth_within_their_covariance():
    times = np.arange(0.0, 30.0, 0.02)
    ratios = []
    for seed in range(4):
        motion = draw_world(SimulationConfig(seed=seed, scene='winding', duration_s=30.0)).motion
        track = wheel_track(motion, times, stream(seed, 'test'))
        T = rigid.invert(motion.start()) @ motion.pose(times[-1])
        error = np.hypot(*(track.xy[-1] - T[:2, 3]))
        ratios.append(error / np.sqrt(track.variance[-1, :2].sum()))
        assert 0 < error < 0.08 * motion.length(times[-1]) + 0.5
    assert max(ratios) < 3.0
    assert max(ratios) > 0.05  # the covariance says something


def test_wheels_that_stand_measure_zero():
    config = SimulationConfig(seed=1, scene='street', duration_s=5.0, stationary=True)
    track = wheel_track(draw_world(config).motion, np.arange(0, 5, 0.02), stream(1, 'test'))
    assert not track.xy.any()
    assert not track.speed.any()
    assert (track.variance > 0).all()
