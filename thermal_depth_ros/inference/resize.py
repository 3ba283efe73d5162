# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Resampling between camera size and network size, with aligned pixel centres."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F


def resize_image(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample an image (H, W[, C]) to (height, width), keeping its type.

    Shrinking averages areas, so that fine texture does not alias; for halving, that is what
    bilinear interpolation does too.
    """
    if image.shape[:2] == size:
        return image
    shrinks = size[0] <= image.shape[0] and size[1] <= image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (size[1], size[0]), interpolation=method)


def resize_map(values: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Interpolate a map (B, C, H, W) bilinearly to (height, width) in float32."""
    values = values.float()
    if values.shape[-2:] == size:
        return values
    return F.interpolate(values, size, mode='bilinear', align_corners=False)


def resize_labels(labels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize a label map (B, 1, H, W) uint8 to (height, width) by nearest neighbour."""
    if labels.shape[-2:] == size:
        return labels
    return F.interpolate(labels, size, mode='nearest-exact')
