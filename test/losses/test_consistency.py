# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth consistency between day and night: formula, sky, stop-gradient, spaces."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.losses.consistency import consistency_loss, sky_keep_mask
from thermal_depth_ros.losses.depth_space import in_space
from thermal_depth_ros.losses.soft_labels import SoftLabels

SKY = 10


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_loss_equals_its_formula_and_divides_by_all_pixels():
    day, night = _noise(2, 1, 5, 6, seed=1), _noise(2, 1, 5, 6, seed=2)
    keep = (_noise(2, 1, 5, 6, seed=3) > 0.4).double()
    expected = (keep.numpy() * (day.numpy() - night.numpy()) ** 2).sum() / day.numel()
    assert float(consistency_loss(day, night, keep)) == pytest.approx(expected, rel=1e-12)
    plain = np.mean((day.numpy() - night.numpy()) ** 2)
    assert float(consistency_loss(day, night)) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize('stop', [True, False])
def test_the_day_side_learns_only_where_asked(stop):
    day, night = (_noise(1, 1, 4, 4, seed=s).requires_grad_() for s in (1, 2))
    consistency_loss(day, night, stop_gradient=stop).backward()
    assert (day.grad is None) == stop
    expected = 2 * (night - day).detach() / 16
    torch.testing.assert_close(night.grad, expected)


def test_gradients():
    day, night = (_noise(1, 1, 3, 4, seed=s).requires_grad_() for s in (1, 2))
    keep = (_noise(1, 1, 3, 4, seed=3) > 0.5).double()
    assert torch.autograd.gradcheck(lambda n: consistency_loss(day, n, keep), (night,))
    assert torch.autograd.gradcheck(
        lambda d, n: consistency_loss(d, n, keep, stop_gradient=False), (day, night)
    )


def test_only_confident_sky_is_masked():
    scores = torch.zeros(1, 19, 1, 5)
    scores[0, SKY, 0] = torch.tensor([0.9, 0.2, 0.09, 0.4, 0.0])
    scores[0, 2, 0] = torch.tensor([0.3, 0.1, 0.01, 0.8, 0.0])
    keep = sky_keep_mask(SoftLabels.full(scores), SKY, 0.1)
    # sky; weak sky that still is the label; too weak to be one; something else; unclaimed
    assert keep.flatten().tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
    value, ids = scores.topk(3, dim=1)
    assert torch.equal(sky_keep_mask(SoftLabels(value, ids), SKY, 0.1), keep)
    assert sky_keep_mask(SoftLabels.full(scores), None, 0.1).all(), 'labels without sky'


def test_an_image_of_sky_alone_has_no_loss_and_no_gradient():
    scores = torch.zeros(1, 19, 4, 4)
    scores[:, SKY] = 1.0
    keep = sky_keep_mask(SoftLabels.full(scores), SKY, 0.1)
    night = torch.full((1, 1, 4, 4), 5.0, requires_grad=True)
    loss = consistency_loss(torch.ones(1, 1, 4, 4), night, keep)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not night.grad.any()


def test_spaces():
    disparity = torch.tensor([0.01, 0.5, 10.0])
    assert torch.equal(in_space(disparity, 'disp'), disparity)
    torch.testing.assert_close(in_space(disparity, 'depth'), torch.tensor([100.0, 2.0, 0.1]))
    log_m = torch.tensor([4.605170, 0.693147, -2.302585])
    torch.testing.assert_close(in_space(disparity, 'log'), log_m)
    with pytest.raises(ValueError, match="'inverse'.*depth, disp, log"):
        in_space(disparity, 'inverse')
