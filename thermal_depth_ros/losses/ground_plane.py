# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of an even ground as a camera sees it that looks ahead: a start for learning without poses.

Motion and depth learned from images alone explain each other. With one depth everywhere, the flow
of a road that comes closer is explained by a pitching camera nearly as well as by one that moves
ahead, and neither network gets any further. Depth that grows towards the horizon ends this.
"""

import torch

# In units of the network, whose scale is free: motions between two views are then a few
# hundredths, as a pose network estimates them at first.
CAMERA_HEIGHT = 0.1
FARTHEST = 1.8  # at the horizon and above


def ground_depth(K: torch.Tensor, height: int) -> torch.Tensor:
    """Return the depth (B, 1, H, 1) of the ground in every row of an image.

    With the optical axis level, the ground at the camera's height h below it has the depth
    h f_y / (v - c_y) in row v; it is limited to `FARTHEST`, which rows above the horizon have too.

    Args:
        K: (B, 3, 3) camera matrices.
        height: Rows of the image.
    """
    rows = torch.arange(height, device=K.device, dtype=K.dtype)
    below = (rows - K[:, 1, 2:3]) / K[:, 1, 1:2]  # tangent of the angle below the horizon
    inverse = (below / CAMERA_HEIGHT).clamp(min=1.0 / FARTHEST)
    return (1.0 / inverse)[:, None, :, None]


def ground_loss(depth: torch.Tensor, K: torch.Tensor) -> torch.Tensor:
    """Mean of |log(depth / ground)|.

    Args:
        depth: (B, 1, H, W), positive.
        K: (B, 3, 3).
    """
    return (depth.log() - ground_depth(K, depth.shape[-2]).log()).abs().mean()
