# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Structural similarity and the photometric error."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.losses.photometric import ALPHA, photometric_error
from thermal_depth_ros.losses.ssim import C1, C2, ssim_loss, ssim_map


def _noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_equal_images_are_similar():
    image = _noise(1, 2, 8, 9)
    torch.testing.assert_close(ssim_map(image, image), torch.ones_like(image))
    assert (ssim_loss(image, image) < 1e-12).all()


def test_one_window_by_hand():
    x, y = _noise(1, 1, 3, 3), _noise(1, 1, 3, 3, seed=1)
    a, b = x.numpy().ravel(), y.numpy().ravel()
    covariance = ((a - a.mean()) * (b - b.mean())).mean()
    expected = (2 * a.mean() * b.mean() + C1) * (2 * covariance + C2)
    expected /= (a.mean() ** 2 + b.mean() ** 2 + C1) * (a.var() + b.var() + C2)
    assert float(ssim_map(x, y)[0, 0, 1, 1]) == pytest.approx(expected, rel=1e-9)


def test_gradient():
    x, y = _noise(1, 1, 5, 6).requires_grad_(), _noise(1, 1, 5, 6, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(photometric_error, (x, y))


def test_constants_are_those_of_the_reference(reference_vectors):
    data = np.load(reference_vectors / 'ssim_photometric.npz', allow_pickle=False)
    assert pytest.approx(float(data['opt/C1'])) == C1
    assert pytest.approx(float(data['opt/C2'])) == C2
    assert pytest.approx(float(data['opt/ssim_weight'])) == ALPHA
    assert pytest.approx(1 - float(data['opt/l1_weight'])) == ALPHA


def test_alpha_zero_is_the_absolute_difference():
    x, y = 3 * _noise(1, 1, 4, 4), _noise(1, 1, 4, 4, seed=1)
    torch.testing.assert_close(photometric_error(x, y, 0.0), (x - y).abs())
    clamped = photometric_error(x, y, 0.0, clamp_difference=True)
    torch.testing.assert_close(clamped, (x - y).abs().clamp(max=1))


@pytest.mark.parametrize('case', ['rgb', 'thermal', 'flat'])
def test_reference_numbers(reference_vectors, case):
    data = np.load(reference_vectors / 'ssim_photometric.npz', allow_pickle=False)
    x, y = (torch.from_numpy(data[f'in/{case}/{name}']).double().requires_grad_() for name in 'xy')
    loss = ssim_loss(x, y)
    np.testing.assert_allclose(loss.detach(), data[f'out/{case}/ssim_loss_map'], atol=1e-6)
    gradients = torch.autograd.grad(
        loss, (x, y), torch.from_numpy(data[f'in/{case}/cotangent_ssim']).double()
    )
    for name, ours in zip('xy', gradients, strict=True):
        theirs = data[f'grad/{case}/ssim_wrt_{name}']
        np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())
    photo = photometric_error(y, x).mean(1, keepdim=True)
    np.testing.assert_allclose(photo.detach(), data[f'out/{case}/photometric_map'], atol=1e-6)
    mean = float(data[f'out/{case}/photometric_mean'])
    assert photo.mean().item() == pytest.approx(mean, rel=1e-9)
    gradients = torch.autograd.grad(
        photo, (x, y), torch.from_numpy(data[f'in/{case}/cotangent_photo']).double()
    )
    for name, ours in zip('xy', gradients, strict=True):
        theirs = data[f'grad/{case}/photometric_wrt_{name}']
        np.testing.assert_allclose(ours, theirs, atol=1e-6 * np.abs(theirs).max())
