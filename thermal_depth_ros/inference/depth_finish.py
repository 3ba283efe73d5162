# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Converts network disparity to metric depth at input resolution."""

import cv2
import numpy as np
import torch

from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.frame import DepthResult, mark_invalid_depth
from thermal_depth_ros.inference.resize import resize_map


def finish_depth(
    disparity: torch.Tensor,
    confidence: torch.Tensor | None,
    size: tuple[int, int],
    factor: float,
    config: CameraConfig,
    sky: np.ndarray | None = None,
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
    """
    depth_m = (factor / resize_map(disparity, size))[0, 0].cpu().numpy()
    kept, unreliable = None, None
    if confidence is not None:
        # NaN from a failed network has no confidence.
        known = torch.nan_to_num(confidence.float(), nan=0.0)
        kept = resize_map(known, size).clamp(0.0, 1.0)[0, 0].cpu().numpy()
        if config.min_confidence > 0.0:
            unreliable = kept < config.min_confidence
    if sky is not None and sky.shape != depth_m.shape:
        nearest = cv2.INTER_NEAREST_EXACT
        sky = cv2.resize(sky.astype(np.uint8), size[::-1], interpolation=nearest) > 0
    mark_invalid_depth(
        depth_m, config.min_depth_m, config.max_depth_m, unreliable=unreliable, sky=sky
    )
    return DepthResult(depth_m, kept)
