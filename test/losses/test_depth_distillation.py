# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Distillation of a depth teacher against a direct evaluation of eq. 15."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.losses.depth_distillation import align_relative, depth_distillation_loss


def _depth(seed: int, height: int = 6, width: int = 7) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 1 + 20 * torch.rand(2, 1, height, width, dtype=torch.float64, generator=generator)


def _direct(values: np.ndarray, teacher: np.ndarray) -> float:
    """Eq. 15 pixel by pixel, with windows cut out by hand."""
    total = 0.0
    for a, b in zip(values[:, 0], teacher[:, 0], strict=True):
        a_pad, b_pad = np.pad(a, 1, mode='reflect'), np.pad(b, 1, mode='reflect')
        for v in range(a.shape[0]):
            for u in range(a.shape[1]):
                x, y = a_pad[v : v + 3, u : u + 3], b_pad[v : v + 3, u : u + 3]
                covariance = ((x - x.mean()) * (y - y.mean())).mean()
                s = (2 * x.mean() * y.mean() + 1e-4) * (2 * covariance + 9e-4)
                s /= (x.mean() ** 2 + y.mean() ** 2 + 1e-4) * (x.var() + y.var() + 9e-4)
                total += (a[v, u] - b[v, u]) ** 2 + 1 - s
    return total / values.size


def test_loss_equals_its_formula():
    values, teacher = _depth(1), _depth(2)
    found = float(depth_distillation_loss(values, teacher))
    assert found == pytest.approx(_direct(values.numpy(), teacher.numpy()), rel=1e-9)


def test_dissimilarity_is_neither_halved_nor_clamped():
    """Maps that vary against each other have a negative similarity: 1 - S exceeds 1."""
    ramp = torch.arange(25, dtype=torch.float64).reshape(1, 1, 5, 5) % 3
    values, teacher = ramp + 0.01, 2.01 - ramp
    squares = (values - teacher).square().mean()
    assert float(depth_distillation_loss(values, teacher) - squares) > 1.0


def test_the_teachers_own_map_costs_nothing():
    depth = _depth(3)
    assert float(depth_distillation_loss(depth, depth)) == pytest.approx(0.0, abs=1e-9)


def test_gradient_goes_to_the_student_alone():
    values, teacher = _depth(1, 4, 5).requires_grad_(), _depth(2, 4, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: depth_distillation_loss(x, teacher), (values,))
    depth_distillation_loss(values, teacher).backward()
    assert teacher.grad is None


def test_relative_disparity_gets_median_and_spread_of_the_network():
    own = torch.tensor([0.1, 0.2, 0.4, 0.5, 0.3]).reshape(1, 1, 1, 5)  # median 0.3, spread 0.12
    relative = torch.tensor([[-8.0, 2.0, 0.0, 4.0, 2.0], [1.0] * 5]).reshape(2, 1, 1, 5)
    found = align_relative(relative, own.expand(2, 1, 1, 5), least=0.01)
    # The first has the median 2 and the spread 14 / 5, the second is flat.
    expected = [0.3 + (x - 2.0) * 0.12 / 2.8 for x in (-8.0, 2.0, 0.0, 4.0, 2.0)]
    expected[0] = 0.01  # which would be negative
    torch.testing.assert_close(found[0].flatten(), torch.tensor(expected))
    torch.testing.assert_close(found[1].flatten(), torch.full((5,), 0.3))


def test_any_scale_and_shift_of_the_teacher_gives_the_same():
    own = (1 / _depth(1)).requires_grad_()
    relative = 1 / _depth(2)
    found = align_relative(relative, own, 0.01)
    torch.testing.assert_close(align_relative(37.0 * relative - 5.0, own, 0.01), found)
    torch.testing.assert_close(align_relative(own.detach(), own, 0.01), own.detach())
    assert not found.requires_grad
