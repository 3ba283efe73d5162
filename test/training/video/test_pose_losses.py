# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of motions: known answers, and gradients where there is nothing left to learn."""

import math

import pytest
import torch

from thermal_depth_ros.geometry import se3
from thermal_depth_ros.training.video.pose_losses import odometry_loss, travel_loss


def motion(*numbers: float) -> torch.Tensor:
    return se3.pose_vec_to_matrix(torch.tensor(numbers, dtype=torch.float64))[None]


MEASURED = motion(0.3, -0.1, 1.0, 0.02, 0.1, -0.05)


def test_a_wrong_translation_costs_its_distance():
    found = MEASURED.clone()
    found[0, :3, 3] += torch.tensor([0.3, 0.0, -0.4])
    assert odometry_loss(found, MEASURED, 10.0).item() == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize('axis', range(3))
@pytest.mark.parametrize('angle', [0.01, -0.2])
def test_a_wrong_rotation_costs_the_sine_of_its_angle_times_the_weight(axis, angle):
    turned = [0.0] * 6
    turned[3 + axis] = angle
    found = MEASURED.clone()
    found[:, :3, :3] = motion(*turned)[:, :3, :3] @ MEASURED[:, :3, :3]
    expected = 4.0 * abs(math.sin(angle))
    assert odometry_loss(found, MEASURED, 4.0).item() == pytest.approx(expected, abs=1e-5)


def test_the_mean_is_over_all_motions():
    found = MEASURED.repeat(2, 3, 1, 1)
    found[0, 0, 0, 3] += 0.6
    measured = MEASURED.repeat(2, 3, 1, 1)
    assert odometry_loss(found, measured, 1.0).item() == pytest.approx(0.1, abs=1e-4)


def test_only_the_length_of_a_translation_is_told_by_a_twist():
    found = torch.stack([motion(3, 4, 0, 0.1, 0.2, 0.3), motion(0, 0, -2, 0, 0, 0)], 1)
    assert travel_loss(found, torch.tensor([[5.0, 2.0]])).item() == pytest.approx(0, abs=1e-6)
    assert travel_loss(found, torch.tensor([[5.5, 1.0]])).item() == pytest.approx(0.75)


@pytest.mark.parametrize('vector', [[0.0] * 6, [0.3, -0.1, 1.0, 0.02, 0.1, -0.05]])
def test_gradients_are_finite_where_everything_is_right(vector):
    pose = torch.tensor([[vector]], requires_grad=True)
    found = se3.pose_vec_to_matrix(pose)
    travelled = found.detach()[..., :3, 3].norm(dim=-1)
    loss = odometry_loss(found, found.detach(), 10.0) + travel_loss(found, travelled)
    loss.backward()
    assert torch.isfinite(pose.grad).all()
    assert loss.item() == pytest.approx(0, abs=1e-4)


def test_descent_finds_the_measured_motion():
    pose = torch.zeros(1, 6, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([pose], 0.02)
    for step in range(400):
        optimiser.param_groups[0]['lr'] = 0.02 * 0.985**step
        optimiser.zero_grad()
        odometry_loss(se3.pose_vec_to_matrix(pose), MEASURED, 10.0).backward()
        optimiser.step()
    torch.testing.assert_close(se3.pose_vec_to_matrix(pose.detach()), MEASURED, atol=2e-3, rtol=0)
