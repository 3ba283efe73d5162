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


def align_relative(
    relative: torch.Tensor, own: torch.Tensor, least: float, floor: float = 1e-6
) -> torch.Tensor:
    """Scale and shift the relative inverse depth of a teacher to the disparity of the network.

    Each image gets the median and the mean absolute deviation from it that the network's disparity
    has (MiDaS, eq. 6, solved for the teacher), so that only its shape teaches.

    Args:
        relative: (B, 1, H, W) inverse depth up to a scale and a shift for each image.
        own: (B, 1, H, W) disparity of the network; receives no gradient.
        least: Least disparity of the result, that of the farthest depth of the network.
        floor: Deviation below which an image of the teacher counts as flat.

    Returns:
        (B, 1, H, W) disparity, at least `least`.
    """
    values, own = relative.flatten(1), own.detach().flatten(1)
    theirs, ours = values.median(1, keepdim=True).values, own.median(1, keepdim=True).values
    spread = (values - theirs).abs().mean(1, keepdim=True).clamp(min=floor)
    aligned = ours + (values - theirs) * ((own - ours).abs().mean(1, keepdim=True) / spread)
    return aligned.clamp(min=least).reshape(relative.shape)
