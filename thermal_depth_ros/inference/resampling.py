# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Resampling between camera size and network size, and depth in metres from disparity."""

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import DepthResult, mark_invalid_depth


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


def resize_map(
    values: torch.Tensor, size: tuple[int, int], align_corners: bool = False
) -> torch.Tensor:
    """Interpolate a map (B, C, H, W) bilinearly to (height, width) in float32."""
    values = values.float()
    if values.shape[-2:] == size:
        return values
    return F.interpolate(values, size, mode='bilinear', align_corners=align_corners)


def resized_array(
    values: torch.Tensor, size: tuple[int, int], align_corners: bool = False
) -> np.ndarray:
    """Interpolate one map (1, 1, h, w) to (H, W) float32; it may be a view of the tensor.

    As `resize_map`, but on the CPU by OpenCV, which takes an eighth of the time of PyTorch.
    """
    if values.device.type != 'cpu' or align_corners:
        return resize_map(values, size, align_corners)[0, 0].cpu().numpy()
    plane: np.ndarray = values[0, 0].float().numpy()
    if plane.shape == size:
        return plane
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR)


def resize_labels(labels: torch.Tensor, size: tuple[int, int]) -> np.ndarray:
    """Resize labels (1, 1, h, w) uint8 to (H, W) by nearest neighbour."""
    plane: np.ndarray = labels[0, 0].cpu().numpy()
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


def finish_depth(
    disparity: torch.Tensor,
    confidence: torch.Tensor | None,
    size: tuple[int, int],
    factor: float,
    config: CameraConfig,
    sky: np.ndarray | None = None,
    align_corners: bool = False,
) -> DepthResult:
    """Resize disparity, convert it to metres and mark invalid values.

    Disparity is interpolated, not depth: a plane is linear in disparity over the image, and a
    far background does not drag the edges of near objects backward.

    Args:
        disparity: (1, 1, h, w) inverse depth in network units.
        confidence: (1, 1, h, w) in [0, 1], or None if not required.
        size: Height and width of the result.
        factor: Metres per network unit.
        config: Depth range and least confidence.
        sky: (H, W) bool at any size.
        align_corners: Map corners to corners, as networks do that resize their results so.
    """
    with np.errstate(divide='ignore', invalid='ignore'):  # no disparity is no depth
        depth_m = np.divide(np.float32(factor), resized_array(disparity, size, align_corners))
    kept, unreliable = None, None
    if confidence is not None:
        # NaN from a failed network has no confidence.
        known = torch.nan_to_num(confidence.float(), nan=0.0)
        kept = np.clip(resized_array(known, size), 0.0, 1.0)
        if config.min_confidence > 0.0:
            unreliable = kept < config.min_confidence
    if sky is not None and sky.shape != depth_m.shape:
        nearest = cv2.INTER_NEAREST_EXACT
        sky = cv2.resize(sky.astype(np.uint8), size[::-1], interpolation=nearest) > 0
    mark_invalid_depth(
        depth_m, config.min_depth_m, config.max_depth_m, unreliable=unreliable, sky=sky
    )
    return DepthResult(depth_m, kept)
