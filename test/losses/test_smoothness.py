# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Edge-aware smoothness."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.losses.smoothness import mean_normalised, smoothness


def test_by_hand():
    values = torch.tensor([[1.0, 2.0], [4.0, 8.0]], dtype=torch.float64)[None, None]
    image = torch.tensor([[0.0, 0.5], [1.0, 0.0]], dtype=torch.float64)[None, None]
    along_x = (1 * np.exp(-0.5) + 4 * np.exp(-1.0)) / 2
    along_y = (3 * np.exp(-1.0) + 6 * np.exp(-0.5)) / 2
    assert float(smoothness(values, image)) == pytest.approx(along_x + along_y)


def test_normalised_map_has_no_scale():
    values = torch.rand(2, 1, 6, 7, dtype=torch.float64) + 1
    torch.testing.assert_close(
        mean_normalised(values), mean_normalised(50 * values), atol=1e-6, rtol=0
    )


def test_an_edge_in_the_image_makes_an_edge_cheap():
    values = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    values[..., 2:] = 1
    flat = torch.zeros_like(values)
    assert smoothness(values, 5 * values) < 0.01 * smoothness(values, flat)


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'smoothness.npz', allow_pickle=False)

    def given(name: str) -> torch.Tensor:
        return torch.from_numpy(data[f'in/{name}']).double()

    disparity = given('disp_md2/disp').requires_grad_()
    loss = smoothness(mean_normalised(disparity), given('disp_md2/img'))
    assert loss.item() == pytest.approx(float(data['out/disp_md2/loss']), rel=1e-9)
    (gradient,) = torch.autograd.grad(loss, disparity)
    np.testing.assert_allclose(gradient, data['grad/disp_md2/disp'], atol=5e-9)
    plain = smoothness(given('disp_md2/disp'), given('disp_md2/img')).item()
    theirs = float(data['out/disp_md2/loss_without_mean_normalisation'])
    assert plain == pytest.approx(theirs, rel=1e-9)
    for case in ('depth_sc', 'depth_thermal'):
        views = ('tgt', 'ref0', 'ref1')
        depths = [given(f'{case}/{view}_depth').requires_grad_() for view in views]
        losses = [
            smoothness(mean_normalised(depth), given(f'{case}/{view}_img'))
            for depth, view in zip(depths, views, strict=True)
        ]
        target, total = losses[0].item(), sum(losses)
        assert target == pytest.approx(float(data[f'out/{case}/loss_tgt_only']), rel=1e-9)
        assert total.item() == pytest.approx(float(data[f'out/{case}/loss_sum_of_3']), rel=1e-9)
        for view, ours in zip(views, torch.autograd.grad(total, depths), strict=True):
            theirs = data[f'grad/{case}/{view}_depth']
            np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())
