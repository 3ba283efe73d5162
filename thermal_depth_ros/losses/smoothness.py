# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Edge-aware smoothness of a depth or disparity map."""

import torch

MEAN_EPSILON = 1e-7


def mean_normalised(values: torch.Tensor) -> torch.Tensor:
    """Divide each map (B, 1, H, W) by its own mean, to remove its scale."""
    return values / (values.mean((-2, -1), keepdim=True) + MEAN_EPSILON)


def smoothness(values: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """Mean of |dx v| e^(-mean_c |dx I|) plus the same along y (Fan et al. 2024, eq. 2).

    Fan et al. 2024 feed depth, DepthSegNet24 disparity, both divided by their mean first.

    Args:
        values: (B, 1, H, W).
        image: (B, C, H, W), the image whose edges the map may follow.
    """
    total = values.new_zeros(())
    for axis in (-1, -2):
        step = values.diff(dim=axis).abs()
        edge = image.diff(dim=axis).abs().mean(1, keepdim=True)
        total = total + (step * torch.exp(-edge)).mean()
    return total
