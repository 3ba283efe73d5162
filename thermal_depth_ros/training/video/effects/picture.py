# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of samples as losses compare them and as the networks see them."""

import numpy as np
import torch

EFFECTS = 'plain above, as the networks see it below'
_MOST_SAMPLES = 4


def effects_picture(plain: torch.Tensor, seen: torch.Tensor) -> np.ndarray:
    """Return (2 H, N W, 3) uint8 of the first images (B, C, H, W) in [0, 1], C 1 or 3."""
    rows = [torch.cat(list(images[:_MOST_SAMPLES]), -1) for images in (plain, seen)]
    both = torch.cat(rows, -2).float().nan_to_num().clamp(0, 1)
    levels = (both * 255).byte().expand(3, -1, -1)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
