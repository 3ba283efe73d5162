# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Structural similarity (Wang et al. 2004) with 3x3 windows, as in Monodepth2."""

from typing import Any

import torch
import torch.nn.functional as F

C1 = 0.01**2
C2 = 0.03**2


def ssim_map(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Similarity S of two images (B, C, H, W), per pixel and channel; 1 where they are equal.

    Reflection padding of one pixel, 3x3 means, biased (co)variances, C1 = 1e-4, C2 = 9e-4.
    """
    x, y = F.pad(x, (1, 1, 1, 1), mode='reflect'), F.pad(y, (1, 1, 1, 1), mode='reflect')
    mean_x, mean_y = _mean(x), _mean(y)
    variance_x = _mean(x * x) - mean_x * mean_x
    variance_y = _mean(y * y) - mean_y * mean_y
    covariance = _mean(x * y) - mean_x * mean_y
    numerator = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    denominator = (mean_x * mean_x + mean_y * mean_y + C1) * (variance_x + variance_y + C2)
    return numerator / denominator


def ssim_loss(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Dissimilarity clamp((1 - S) / 2, 0, 1) of two images (B, C, H, W), same shape."""
    return ((1 - ssim_map(x, y)) / 2).clamp(0, 1)


def _mean(x: torch.Tensor) -> torch.Tensor:
    """Return the means (B, C, H - 2, W - 2) of the 3x3 windows."""
    if x.device.type == 'cpu':
        means: torch.Tensor = _WindowMean.apply(x)
        return means
    return F.avg_pool2d(x, 3, stride=1)


class _WindowMean(torch.autograd.Function):
    """3x3 means along one axis after the other; on a CPU five to ten times as fast as pooling."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return _window_sum(x).div_(9)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        # Each input is in up to nine windows, all within two places of it.
        return _window_sum(F.pad(gradient, (2, 2, 2, 2))).div_(9)


def _window_sum(x: torch.Tensor) -> torch.Tensor:
    rows = x[..., :-2, :] + x[..., 1:-1, :]
    rows += x[..., 2:, :]
    total = rows[..., :-2] + rows[..., 1:-1]
    total += rows[..., 2:]
    return total
