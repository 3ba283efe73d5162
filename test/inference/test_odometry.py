# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drives whose end is known without the code under test."""

import numpy as np
import pytest

from thermal_depth_ros.frames.frame import Loss
from thermal_depth_ros.inference.odometry import LOST_VARIANCE, OdometryIntegrator, orthonormal


def yaw(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def pose(R, t):
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R, t
    return T


# A camera that looks forward, 1.2 m ahead of and 1.5 m above the base, pitched down a little.
OPTICAL = np.array([[0, 0, 1.0], [-1.0, 0, 0], [0, -1.0, 0]])
PITCH = np.array([[np.cos(0.1), 0, np.sin(0.1)], [0, 1, 0], [-np.sin(0.1), 0, np.cos(0.1)]])
T_BASE_OPTICAL = pose(PITCH @ OPTICAL, [1.2, 0.1, 1.5])


def camera_motions(poses_odom_base):
    """The pose of each camera in the one before, from poses of the body."""
    cameras = [T @ T_BASE_OPTICAL for T in poses_odom_base]
    return [np.linalg.inv(a) @ b for a, b in zip(cameras[:-1], cameras[1:], strict=True)]


def circle(radius, steps):
    angles = np.linspace(0, 2 * np.pi, steps + 1)
    return [pose(yaw(a), [radius * np.sin(a), radius * (1 - np.cos(a)), 0.0]) for a in angles]


class TestCircleDrive:
    radius, steps, dt = 20.0, 200, 0.1

    def results(self):
        integrator = OdometryIntegrator()
        motions = camera_motions(circle(self.radius, self.steps))
        return [integrator.advance(T, self.dt, T_BASE_OPTICAL) for T in motions]

    def test_returns_to_the_start_and_passes_the_far_side(self):
        results = self.results()
        assert results[-1].T_odom_base == pytest.approx(np.eye(4), abs=1e-9)
        half = results[self.steps // 2 - 1].T_odom_base
        assert half[:3, 3] == pytest.approx([0, 2 * self.radius, 0], abs=1e-9)
        assert half[:3, :3] == pytest.approx(yaw(np.pi), abs=1e-9)

    def test_twist_is_the_speed_of_the_body_not_of_the_camera(self):
        rate = 2 * np.pi / (self.steps * self.dt)
        for result in self.results():
            assert result.twist_base == pytest.approx(
                [rate * self.radius, 0, 0, 0, 0, rate], abs=1e-9
            )

    def test_pose_covariance_grows_with_every_step(self):
        variances = [np.diagonal(r.pose_covariance) for r in self.results()]
        assert all((b > a).all() for a, b in zip(variances[:-1], variances[1:], strict=True))

    def test_drift_is_a_stated_share_of_the_distance(self):
        deviation = np.sqrt(self.results()[-1].pose_covariance[0, 0])
        assert deviation == pytest.approx(0.02 + 0.05 * 2 * np.pi * self.radius, rel=1e-6)


def test_straight_ahead_in_the_camera_is_forward_on_the_body():
    level = pose(OPTICAL, [0, 0, 0])
    ahead = pose(np.eye(3), [0, 0, 2.0])
    result = OdometryIntegrator().advance(ahead, 0.5, level)
    assert result.T_odom_base[:3, 3] == pytest.approx([2, 0, 0])
    assert result.twist_base == pytest.approx([4, 0, 0, 0, 0, 0])


def test_first_frame_is_at_the_origin_and_knows_no_speed():
    result = OdometryIntegrator().start()
    assert result.state == 'first'
    assert (result.T_odom_base == np.eye(4)).all()
    assert (np.diagonal(result.twist_covariance) == LOST_VARIANCE).all()
    assert (np.diagonal(result.pose_covariance) > 0).all()


def test_lost_holds_the_pose_says_why_and_continues_from_there():
    integrator = OdometryIntegrator()
    step = pose(np.eye(3), [0, 0, 1.0])
    level = pose(OPTICAL, [0, 0, 0])
    before = integrator.advance(step, 0.1, level)
    lost = integrator.hold(Loss('gap', 'gap of 3.2 s'), 3.2)
    assert (lost.state, lost.reason, lost.loss_kind) == ('lost', 'gap of 3.2 s', 'gap')
    assert (lost.T_odom_base == before.T_odom_base).all()
    assert (lost.twist_base == 0).all()
    for covariance in (lost.pose_covariance, lost.twist_covariance):
        assert (covariance == np.eye(6) * LOST_VARIANCE).all()
    after = integrator.advance(step, 0.1, level)
    assert after.state == 'tracking'
    assert after.T_odom_base[:3, 3] == pytest.approx([2, 0, 0])
    # 10 m/s for 3.2 s went unseen.
    assert np.sqrt(after.pose_covariance[0, 0]) > 32


def test_standing_still_is_never_certain():
    integrator = OdometryIntegrator()
    for _ in range(10):
        result = integrator.advance(np.eye(4), 0.1, T_BASE_OPTICAL)
    for covariance in (result.pose_covariance, result.twist_covariance):
        assert (np.diagonal(covariance) > 0).all()
        assert np.linalg.eigvalsh(covariance).min() > 0


def test_unscaled_translation_is_trusted_less_than_metric():
    step = pose(np.eye(3), [0, 0, 1.0])
    metric = OdometryIntegrator().advance(step, 0.1, T_BASE_OPTICAL, metric=True)
    guess = OdometryIntegrator().advance(step, 0.1, T_BASE_OPTICAL, metric=False)
    assert guess.pose_covariance[0, 0] > 100 * metric.pose_covariance[0, 0]
    assert guess.twist_covariance[0, 0] > 10 * metric.twist_covariance[0, 0]


def test_reset_returns_to_the_origin():
    integrator = OdometryIntegrator()
    integrator.advance(pose(yaw(0.3), [1, 2, 3]), 0.1, T_BASE_OPTICAL)
    integrator.reset()
    first, fresh = integrator.start(), OdometryIntegrator().start()
    assert (first.T_odom_base == np.eye(4)).all()
    assert (first.pose_covariance == fresh.pose_covariance).all()


def test_rotation_stays_a_rotation_over_many_single_precision_steps():
    integrator = OdometryIntegrator()
    step = pose(yaw(0.001), [0.01, 0, 0]).astype(np.float32).astype(np.float64)
    step[:3, :3] *= 1 + 1e-6
    for _ in range(4_000):
        result = integrator.advance(step, 0.03, np.eye(4))
    R = result.T_odom_base[:3, :3]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(R) == pytest.approx(1)


def test_orthonormal_leaves_a_motion_alone_and_mends_a_sheared_one():
    exact = pose(yaw(0.7), [1, 2, 3])
    assert orthonormal(exact) == pytest.approx(exact, abs=1e-15)
    sheared = exact.copy()
    sheared[0, 1] += 1e-3
    mended = orthonormal(sheared)
    assert mended[:3, :3] @ mended[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
    assert mended == pytest.approx(exact, abs=2e-3)


def test_covariances_of_metric_motion_are_multiplied_by_what_was_fitted():
    plain, scaled = OdometryIntegrator(), OdometryIntegrator(4.0)
    np.testing.assert_allclose(scaled.start().pose_covariance, 4.0 * plain.start().pose_covariance)
    motion = pose(yaw(0.1), [1.0, 0.0, 0.0])
    for metric, factor in ((True, 4.0), (False, 1.0)):
        one, other = (
            integrator.advance(motion, 0.1, T_BASE_OPTICAL, metric)
            for integrator in (plain, scaled)
        )
        np.testing.assert_allclose(other.pose_covariance, factor * one.pose_covariance)
        np.testing.assert_allclose(other.twist_covariance, factor * one.twist_covariance)
        np.testing.assert_array_equal(other.T_odom_base, one.T_odom_base)
    lost = scaled.hold(Loss.plain('blank'))
    assert lost.pose_covariance.diagonal().max() == LOST_VARIANCE, 'as everybody knows it'
