# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera matrices of resized images, for tensors."""

from collections.abc import Sequence

import torch


def resized_intrinsics(
    K: torch.Tensor, before: Sequence[int], after: Sequence[int]
) -> torch.Tensor:
    """Return K (B, 3, 3) of images (H, W) after resizing; pixel 0 spans -0.5 to 0.5."""
    y, x = (new / old for new, old in zip(after, before, strict=True))
    resize = K.new_tensor([[x, 0, 0.5 * x - 0.5], [0, y, 0.5 * y - 0.5], [0, 0, 1]])
    return resize @ K
