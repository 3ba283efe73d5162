# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24: light enhancement, one encoder, a depth and a semantic decoder.

Without light enhancement and semantic decoder it is the depth network of Monodepth2.
"""

import dataclasses

import torch
from torch import nn

from thermal_depth_ros.networks.architecture import MIN_SIZE, SIZE_MULTIPLE, size_fits
from thermal_depth_ros.networks.decoder import SCALES, MultiscaleDecoder, NoDecoder
from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.light import LightNet, NoLight
from thermal_depth_ros.networks.resnet import WIDTH, ResNetEncoder


@dataclasses.dataclass(frozen=True)
class DepthSegOutput:
    """Result for a batch of images; scale s has size (H / 2^s, W / 2^s)."""

    disparities: tuple[torch.Tensor, ...]  # sigmoid maps (B, 1, h, w) of the scales asked for
    logits: tuple[torch.Tensor, ...]  # maps (B, n_classes, h, w) likewise; none without classes
    light_map: torch.Tensor  # (B, 3, H, W) in [-1, 1]
    enhanced: torch.Tensor  # (B, 3, H, W): image + light_map, unclamped


class DepthSegNet(nn.Module):
    """Depth and semantics of RGB images by day and by night.

    Args:
        n_classes: Number of classes; 0 for depth only.
        light: The paper's where None.
        width: Channels of the first stage of the ResNet-18; those of the decoders are in
            proportion.
        encoder: Another encoder; the ResNet-18 of the paper where None.
    """

    def __init__(
        self,
        n_classes: int = 19,
        light: LightNet | NoLight | None = None,
        width: int = WIDTH,
        encoder: FeatureEncoder | None = None,
    ) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.light = LightNet() if light is None else light
        self.encoder: ResNetEncoder | FeatureEncoder = encoder or ResNetEncoder(3, width=width)
        channels = self.encoder.channels
        self.depth_decoder = MultiscaleDecoder(1, width, exact=True, features=channels)
        self.seg_decoder: nn.Module = NoDecoder()
        if n_classes:
            self.seg_decoder = MultiscaleDecoder(n_classes, width, features=channels)

    def forward(
        self,
        image: torch.Tensor,
        depth_scales: int = len(SCALES),
        class_scales: int = len(SCALES),
    ) -> DepthSegOutput:
        """Run on images (B, 3, H, W) in [0, 1].

        Args:
            image: The images.
            depth_scales: Number of maps of depth, from the finest on; 0 leaves out the decoder.
            class_scales: Likewise of classes, if the network has any.

        Raises:
            ValueError: Not (B, 3, H, W), or H or W is not a multiple of 32 or below 64 (mirrored
                borders need two rows at 1/32).
        """
        if image.ndim != 4 or image.shape[1] != 3:
            raise ValueError(f'image of shape {tuple(image.shape)} is not (B, 3, H, W)')
        height, width = image.shape[-2:]
        if not size_fits(height) or not size_fits(width):
            raise ValueError(
                f'image size {height}x{width}: both sides must be multiples of {SIZE_MULTIPLE} '
                f'and at least {MIN_SIZE}'
            )
        light_map = self.light(image)
        enhanced = image + light_map
        features = self.encoder(enhanced)
        return DepthSegOutput(
            tuple(
                torch.sigmoid(x)
                for x in (self.depth_decoder(features, depth_scales) if depth_scales else ())
            ),
            self.seg_decoder(features, class_scales) if class_scales else (),
            light_map,
            enhanced,
        )
