# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Light enhancement of DepthSegNet24: an additive light map that evens out day and night.

DANNet's generator with the size that reproduces the paper's 0.167 M parameters and 20.573 GMACs:
one stride-2 level and no residual block. `LightNet(n_down=2, n_blocks=3)` is DANNet's own.
"""

import torch
from torch import nn

from thermal_depth_ros.networks.resnet_generator import ResnetGenerator


class LightNet(ResnetGenerator):
    """Light map r in [-1, 1] of an image I in [0, 1]; the enhanced image is I + r.

    Args:
        n_down: stride-2 levels, each doubling the channels.
        n_blocks: Residual blocks at the lowest level.
        width: Channels at full resolution.
    """

    def __init__(self, n_down: int = 1, n_blocks: int = 0, width: int = 64) -> None:
        super().__init__(n_down, n_blocks, width, 'batch')


class NoLight(nn.Module):
    """Leave images as they are: a light map of zeros."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return zeros of the shape of an image (B, 3, H, W)."""
        return torch.zeros_like(image)
