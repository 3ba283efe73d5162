# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Photometric error of two images, per pixel."""

import torch

from thermal_depth_ros.losses.ssim import ssim_loss

ALPHA = 0.85  # weight of SSIM (Fan et al. 2024)


def photometric_error(
    x: torch.Tensor, y: torch.Tensor, alpha: float = ALPHA, clamp_difference: bool = False
) -> torch.Tensor:
    """Error alpha * clamp((1 - S) / 2, 0, 1) + (1 - alpha) * |x - y|, (B, C, H, W).

    Thermal training clamps the absolute difference to [0, 1] (standardised images); RGB takes
    the mean over the channels of the result. alpha = 0 gives the absolute difference alone.
    """
    difference = (x - y).abs()
    if clamp_difference:
        difference = difference.clamp(0, 1)
    if alpha == 0:
        return difference
    return alpha * ssim_loss(x, y) + (1 - alpha) * difference
