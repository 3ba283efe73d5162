# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a thermal training step saw: input, depth, warped view and mask of the first triplet."""

from collections.abc import Mapping

import cv2
import numpy as np
import torch

from thermal_depth_ros.evaluation.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.thermal.temporal_mapping import LOSS_MEAN, LOSS_STD


def step_pictures(
    batch: Mapping[str, torch.Tensor], found: Mapping[str, torch.Tensor]
) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name; the input alone where depth was not asked for."""
    if 'depth' not in found:
        return {'input': _grey(batch['image'][0, 0, 0])}
    target, warped = batch['loss_image'][0, 0, 0], found['warped'][0, 0]
    depth = found['depth'][0, 0].float().cpu().numpy()
    # A loss that is not a number is reported after the pictures of its step are made.
    shown = depth_range([depth]) or DepthRange(0.1, 100.0)
    return {
        'input': _grey(batch['image'][0, 0, 0]),
        'depth': depth_picture(depth, shown),
        'loss image': _grey(target * LOSS_STD + LOSS_MEAN),
        'warped neighbour': _grey(warped * LOSS_STD + LOSS_MEAN),
        'mask': _grey(found['mask'][0, 0].float()),
    }


def _grey(values: torch.Tensor) -> np.ndarray:
    image = (values.float().nan_to_num().clamp(0, 1) * 255).byte().cpu().numpy()
    return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
