# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Loss on depth that a recording knows: a simulator, a depth camera, points of a LiDAR."""

import torch

_GRADIENT_SCALES = 4  # 1, 2, 4, 8 px apart
_TINY = 1e-6


def measured_depth_loss(depth: torch.Tensor, measured_m: torch.Tensor) -> torch.Tensor:
    """Mean |e| plus half the mean of its gradients, with e = log(depth / measured).

    The mean of |e| is a relative error, equal at any distance and robust. The gradients of e at
    four scales (as in MiDaS, Ranftl et al. 2020, eq. 11, there of inverse depth) keep edges sharp
    and surfaces flat, whatever the overall scale.

    Args:
        depth: (B, 1, H, W) m, positive.
        measured_m: (B, 1, H, W), 0 where unknown.

    Returns:
        A scalar; 0, with a gradient of 0, where nothing is known.
    """
    known = measured_m > 0
    error = torch.where(known, depth.log() - measured_m.clamp(min=_TINY).log(), 0.0)
    gradients = depth.new_zeros(())
    for scale in range(_GRADIENT_SCALES):
        gradients = gradients + _gradient(error, known, 2**scale)
    return _mean(error.abs(), known) + 0.5 * gradients / _GRADIENT_SCALES


def _gradient(error: torch.Tensor, known: torch.Tensor, step: int) -> torch.Tensor:
    """Mean absolute difference of neighbours `step` pixels apart, both known."""
    total, count = error.new_zeros(()), error.new_zeros(())
    for dim in (-2, -1):
        length = error.shape[dim] - step
        if length < 1:
            continue
        both = known.narrow(dim, 0, length) & known.narrow(dim, step, length)
        change = error.narrow(dim, step, length) - error.narrow(dim, 0, length)
        total = total + (change.abs() * both).sum()
        count = count + both.sum()
    return total / count.clamp(min=1)


def _mean(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)
