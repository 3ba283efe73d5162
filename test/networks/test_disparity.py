# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Disparity and depth: known values and the ends of the ranges."""

import pytest
import torch

from thermal_depth_ros.networks.architecture import DEPTH_M, RELATIVE, ThermalArchitecture
from thermal_depth_ros.networks.disparity import (
    OutputMapping,
    bounded_disparity,
    sigmoid_to_depth,
    sigmoid_to_disparity,
)


def test_middle_of_the_sigmoid_is_the_published_value():
    assert float(sigmoid_to_disparity(torch.tensor(0.5))) == pytest.approx(5.005)
    assert float(sigmoid_to_depth(torch.tensor(0.5))) == pytest.approx(0.1998, abs=5e-5)


def test_ends_of_the_sigmoid_are_the_ends_of_the_depth_range():
    ends = sigmoid_to_depth(torch.tensor([0.0, 1.0], dtype=torch.float64), 0.5, 80.0)
    assert ends.tolist() == pytest.approx([80.0, 0.5])


def test_bounded_disparity_stays_in_range_and_keeps_a_gradient():
    logit = torch.tensor([-200.0, -5.0, 0.0, 5.0, 200.0], requires_grad=True)
    disparity = bounded_disparity(logit)
    assert disparity.tolist() == pytest.approx([0.01, 0.076929, 5.01, 9.943071, 10.01], abs=1e-5)
    disparity.sum().backward()
    assert (logit.grad[1:4] > 0).all()


def test_relative_output_is_inverse_depth_by_scale_and_shift():
    architecture = ThermalArchitecture(output=RELATIVE, output_scale=0.25, output_shift=0.5)
    disparity = OutputMapping.of(architecture)(torch.tensor([-3.0, 0.0, 6.0]))
    assert disparity.tolist() == pytest.approx([0.5, 0.5, 2.0])  # 2 m, 2 m, 0.5 m


def test_what_is_at_infinity_keeps_a_positive_disparity():
    disparity = OutputMapping(RELATIVE, scale=1.0, shift=-2.0)(torch.tensor([0.0, 2.0, 3.0]))
    assert (disparity[:2] > 0).all() and (disparity[:2] < 1e-5).all()
    assert float(disparity[2]) == pytest.approx(1.0)


def test_metric_output_is_a_share_of_the_greatest_depth():
    logit = torch.tensor([0.0, -100.0, 100.0])
    depth = 1.0 / OutputMapping(DEPTH_M, max_depth_m=20.0)(logit)
    assert depth.tolist() == pytest.approx([10.0, 1e-6, 20.0])
    assert OutputMapping(DEPTH_M)(logit).isfinite().all()
