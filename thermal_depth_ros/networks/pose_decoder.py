# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decoder of both pose networks: coarsest ResNet feature -> six numbers per frame."""

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.precision import in_full_precision

POSE_SCALE = 0.01


class PoseDecoder(nn.Module):
    """Three convolutions with ReLU, one without, spatial mean, times 0.01.

    The small factor makes an untrained network start near the identity motion.
    """

    def __init__(self, frames: int, in_channels: int = 512, width: int = 256) -> None:
        super().__init__()
        self.frames = frames
        self.squeeze = nn.Conv2d(in_channels, width, 1)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.pose = nn.Conv2d(width, 6 * frames, 1)

    def forward(self, feature: torch.Tensor) -> torch.Tensor:
        """Return (B, frames, 6) for a feature (B, in_channels, h, w)."""
        x = feature
        for layer in (self.squeeze, self.conv1, self.conv2):
            x = F.relu(layer(x))
        vectors = in_full_precision(self.pose, x).mean(dim=(2, 3))
        return POSE_SCALE * vectors.reshape(-1, self.frames, 6)
