# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Distillation of a daytime depth teacher (DepthSegNet24, eq. 15)."""

import torch

from thermal_depth_ros.losses.ssim import ssim_map


def depth_distillation_loss(values: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Mean of (D - D_teacher)^2 plus mean of 1 - SSIM(D, D_teacher).

    The SSIM keeps its constants although these maps have no fixed range, and is not halved or
    clamped as in the photometric error.

    Args:
        values: (B, 1, H, W) depth or disparity of the real day image.
        teacher: Prediction of the teacher, same quantity and shape; receives no gradient.
    """
    teacher = teacher.detach()
    return (values - teacher).square().mean() + (1.0 - ssim_map(values, teacher)).mean()
