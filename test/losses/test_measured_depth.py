# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The loss on true depth against sums by hand."""

import math

import torch

from thermal_depth_ros.losses.measured_depth import measured_depth_loss


def depth_of(values):
    return torch.tensor(values, dtype=torch.float64)[None, None]


def test_depth_that_is_right_costs_nothing():
    depth = depth_of([[1.0, 2.0], [3.0, 4.0]])
    assert measured_depth_loss(depth, depth) == 0


def test_a_common_factor_costs_its_logarithm_and_no_gradient():
    measured = torch.rand(2, 1, 20, 30, dtype=torch.float64) + 1.0
    loss = measured_depth_loss(1.5 * measured, measured)
    torch.testing.assert_close(loss, torch.tensor(math.log(1.5), dtype=torch.float64))


def test_sums_by_hand():
    """e = (0, ln 2; 0, 0): its mean is ln 2 / 4, and half of its four differences are ln 2."""
    depth = depth_of([[1.0, 2.0], [1.0, 1.0]])
    loss = measured_depth_loss(depth, torch.ones_like(depth))
    gradients = 2 * math.log(2) / 4  # one pixel apart; none are two pixels apart
    expected = math.log(2) / 4 + 0.5 * gradients / 4
    torch.testing.assert_close(loss, torch.tensor(expected, dtype=torch.float64))


def test_unknown_pixels_do_not_count():
    depth = depth_of([[1.0, 5.0], [2.0, 7.0]]).requires_grad_()
    loss = measured_depth_loss(depth, depth_of([[1.5, 0.0], [3.0, 0.0]]))
    torch.testing.assert_close(loss, torch.tensor(math.log(1.5), dtype=torch.float64))
    loss.backward()
    assert (depth.grad[..., 1] == 0).all()
    assert (depth.grad[..., 0] < 0).all()  # deeper would be better


def test_nothing_known_costs_nothing_and_teaches_nothing():
    depth = torch.rand(1, 1, 9, 9).requires_grad_()
    loss = measured_depth_loss(depth, torch.zeros(1, 1, 9, 9))
    loss.backward()
    assert loss == 0 and (depth.grad == 0).all()


def test_far_pixels_have_their_weight():
    """Errors ln 2 near, ln 3 far in one column; gradients: 0 in columns, ln 1.5 in rows."""
    depth, measured = depth_of([[2.0, 300.0], [2.0, 300.0]]), depth_of([[1.0, 100.0], [1.0, 100.0]])
    loss = measured_depth_loss(depth, measured, far_depth_m=100.0, far_weight=0.25)
    mean = (math.log(2) + 0.25 * math.log(3)) / 1.25
    weights = 1 + 0.25**2 + 2 * 0.25  # of pairs: both near, both far, near and far
    gradient = 2 * 0.25 * math.log(1.5) / weights
    expected = torch.tensor(mean + 0.5 * gradient / 4, dtype=torch.float64)
    torch.testing.assert_close(loss, expected)
