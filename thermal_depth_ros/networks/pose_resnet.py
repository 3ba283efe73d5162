# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal pose network: ResNet-18 on two stacked frames (PoseResNet of SC-SfMLearner)."""

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.pose_decoder import PoseDecoder
from thermal_depth_ros.networks.resnet import WIDTH, ResNetEncoder, feature_channels


class PoseResNet(nn.Module):
    """Motion T_{t->s} between a target and a source frame.

    The frames are expected as (x - 0.45) / 0.225 of an image x in [0, 1]; the network itself
    does not normalise. The inverse motion is a second pass with the frames exchanged.

    Args:
        channels_per_image: 1 or 3.
        width: Channels of the encoder's first stage; everything else grows and shrinks with it.
        downsampling: Side of the squares of pixels that are averaged first: motion needs fewer
            pixels than depth.
    """

    def __init__(
        self, channels_per_image: int = 1, width: int = WIDTH, downsampling: int = 1
    ) -> None:
        super().__init__()
        self._downsampling = downsampling
        self.channels_per_image = channels_per_image
        self.encoder = ResNetEncoder(2 * channels_per_image, normalise=False, width=width)
        self.decoder = PoseDecoder(1, feature_channels(width)[-1], width=4 * width)

    def forward(self, target: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """Return (B, 6) = (t_x, t_y, t_z, r_x, r_y, r_z), R = R_x R_y R_z in radians.

        Args:
            target: (B, channels_per_image, H, W).
            source: Another frame of the same shape.

        Raises:
            ValueError: The frames differ in shape or have another number of channels.
        """
        if target.shape != source.shape or target.shape[1] != self.channels_per_image:
            raise ValueError(
                f'frames of shapes {tuple(target.shape)} and {tuple(source.shape)} are not both '
                f'(B, {self.channels_per_image}, H, W)'
            )
        frames = torch.cat([target, source], dim=1)
        if self._downsampling > 1:
            frames = F.avg_pool2d(frames, self._downsampling)
        features = self.encoder(frames)
        motions: torch.Tensor = self.decoder(features[-1])
        return motions[:, 0]
