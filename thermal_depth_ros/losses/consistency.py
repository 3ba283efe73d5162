# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth consistency between an image and its translation (DepthSegNet24, eq. 12 and 13)."""

import torch

from thermal_depth_ros.losses.soft_labels import SoftLabels


def consistency_loss(
    day: torch.Tensor,
    night: torch.Tensor,
    keep: torch.Tensor | None = None,
    stop_gradient: bool = True,
) -> torch.Tensor:
    """Mean over all pixels of keep * (day - night)^2.

    The mean is over all pixels, including those that are masked out, as in the paper.

    Args:
        day: (B, 1, H, W) depth or disparity of the day image, the teacher of this pair.
        night: Depth or disparity of the night image, same shape.
        keep: (B, 1, H, W) 0 or 1; all pixels where None.
        stop_gradient: Whether to stop the gradient at the day image.
    """
    difference = (day.detach() if stop_gradient else day) - night
    if keep is not None:
        difference = difference * keep
    return difference.square().mean()


def sky_keep_mask(labels: SoftLabels, sky: int | None, threshold: float) -> torch.Tensor:
    """Return a mask (B, 1, H, W): 0 where the teacher is confident of sky, else 1.

    Args:
        labels: Labels of the night image.
        sky: Class id of the sky; None where there is no such class, which keeps everything.
        threshold: A pixel whose best class scores no more than this has no confident label.
    """
    best, class_ids = labels.best()
    if sky is None:
        return torch.ones_like(best)
    return 1.0 - ((class_ids == sky) & (best > threshold)).to(best.dtype)
