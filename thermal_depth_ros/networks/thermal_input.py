# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of an image in [0, 1] to the input of each network.

The pipelines and the trainer both use it, so that they cannot drift apart.
"""

import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # the normalisation of DINOv2
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
POSE_MEAN, POSE_DEVIATION = 0.45, 0.225


def depth_input(image: torch.Tensor) -> torch.Tensor:
    """Return (B, 3, H, W), the grey (B, 1, H, W) as colour with ImageNet's normalisation."""
    return imagenet_normalised(image.expand(-1, 3, -1, -1))


def imagenet_normalised(image: torch.Tensor) -> torch.Tensor:
    """Return (B, 3, H, W) in [0, 1] with ImageNet's mean and deviation."""
    # Scalars avoid a host-to-device copy, for which the host would wait.
    scales = zip(image.split(1, dim=1), IMAGENET_MEAN, IMAGENET_DEVIATION, strict=True)
    return torch.cat([(plane - mean) / deviation for plane, mean, deviation in scales], 1)


def pose_input(image: torch.Tensor, channels: int) -> torch.Tensor:
    """Return (..., channels, H, W) of the grey (..., 1, H, W), as (x - 0.45) / 0.225."""
    scaled = (image - POSE_MEAN) / POSE_DEVIATION
    return scaled.expand(*image.shape[:-3], channels, *image.shape[-2:])
