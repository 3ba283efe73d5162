# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Loss on depth that a recording knows: a simulator, a depth camera, points of a LiDAR."""

import math

import torch

_GRADIENT_SCALES = 4  # 1, 2, 4, 8 px apart
_TINY = 1e-6


def measured_depth_loss(
    depth: torch.Tensor,
    measured_m: torch.Tensor,
    far_depth_m: float = math.inf,
    far_weight: float = 1.0,
) -> torch.Tensor:
    """Mean |e| plus half the mean of its gradients, with e = log(depth / measured).

    The mean of |e| is a relative error, equal at any distance and robust. The gradients of e at
    four scales (as in MiDaS, Ranftl et al. 2020, eq. 11, there of inverse depth) keep edges sharp
    and surfaces flat, whatever the overall scale. Both means are weighted. With a weight below 1
    of the sky, what may be sky or something near is seen as near.

    Args:
        depth: (B, 1, H, W) m, positive.
        measured_m: (B, 1, H, W), 0 where unknown.
        far_depth_m: Depth from which on pixels have another weight.
        far_weight: That weight; the others have 1.

    Returns:
        A scalar; 0, with a gradient of 0, where nothing is known.
    """
    known = measured_m > 0
    weights = known * torch.where(measured_m < far_depth_m, 1.0, far_weight).to(depth.dtype)
    error = torch.where(known, depth.log() - measured_m.clamp(min=_TINY).log(), 0.0)
    gradients = depth.new_zeros(())
    for scale in range(_GRADIENT_SCALES):
        gradients = gradients + _gradient(error, weights, 2**scale)
    return _mean(error.abs(), weights) + 0.5 * gradients / _GRADIENT_SCALES


def _gradient(error: torch.Tensor, weights: torch.Tensor, step: int) -> torch.Tensor:
    """Mean absolute difference of neighbours `step` pixels apart, weighted by their product."""
    total, weight = error.new_zeros(()), error.new_zeros(())
    for dim in (-2, -1):
        length = error.shape[dim] - step
        if length < 1:
            continue
        both = weights.narrow(dim, 0, length) * weights.narrow(dim, step, length)
        change = error.narrow(dim, step, length) - error.narrow(dim, 0, length)
        total = total + (change.abs() * both).sum()
        weight = weight + both.sum()
    return total / weight.clamp(min=_TINY)


def _mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=_TINY)
