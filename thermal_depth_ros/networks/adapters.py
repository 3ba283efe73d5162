# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutional adapter at the end of a transformer block (Fan et al. 2024, Sec. III-B)."""

import torch
import torch.nn.functional as F
from torch import nn


class ConvAdapter(nn.Module):
    """x + conv3x3(GELU(conv3x3(x))) on the patch map of a block; the class token passes by.

    The last convolution starts at zero, so that a new adapter changes nothing.

    Args:
        channels: C of the patch map.
        hidden: Channels between the two convolutions.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, hidden, 3, padding=1)
        self.up = nn.Conv2d(hidden, channels, 3, padding=1)
        nn.init.zeros_(self.up.weight)
        if self.up.bias is not None:
            nn.init.zeros_(self.up.bias)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Return a map of the same shape (B, C, gh, gw)."""
        change: torch.Tensor = self.up(F.gelu(self.down(patches)))
        return patches + change
