# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pose network of DepthSegNet24: the two-frame PoseNet of Monodepth2."""

import dataclasses

import torch
from torch import nn

from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.pose_decoder import PoseDecoder
from thermal_depth_ros.networks.resnet import WIDTH, ResNetEncoder


@dataclasses.dataclass(frozen=True)
class AxisAnglePose:
    """Rotation vectors in radians and translations, each (B, 2, 3); frame 0 is the one in use."""

    axisangle: torch.Tensor
    translation: torch.Tensor


class PoseNet(nn.Module):
    """Motion between two RGB frames that are given in temporal order.

    The result moves points of the first frame's camera into the second's; for a source frame
    before the target the caller inverts the matrix.

    Args:
        width: Channels of the first stage of the ResNet-18; the decoder is in proportion.
        encoder: Another encoder of two stacked images; the ResNet-18 of the paper where None.
    """

    def __init__(self, width: int = WIDTH, encoder: FeatureEncoder | None = None) -> None:
        super().__init__()
        self.encoder: ResNetEncoder | FeatureEncoder = encoder or ResNetEncoder(6, width=width)
        self.decoder = PoseDecoder(2, self.encoder.channels[-1], 4 * width)

    def forward(self, earlier: torch.Tensor, later: torch.Tensor) -> AxisAnglePose:
        """Return the motion of images (B, 3, H, W) in [0, 1].

        Raises:
            ValueError: The frames differ in shape or are not (B, 3, H, W).
        """
        if earlier.shape != later.shape or earlier.shape[1] != 3:
            raise ValueError(
                f'frames of shapes {tuple(earlier.shape)} and {tuple(later.shape)} are not both '
                '(B, 3, H, W)'
            )
        pose = self.decoder(self.encoder(torch.cat([earlier, later], dim=1))[-1])
        return AxisAnglePose(pose[..., :3], pose[..., 3:])
