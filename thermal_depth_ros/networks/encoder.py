# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Encoder of the RGB networks from any convolutional feature network of timm."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.networks.timm_features import (
    create_features,
    image_statistics,
    scale_channels,
)

_REDUCTIONS = (2, 4, 8, 16, 32)


class FeatureEncoder(nn.Module):
    """Features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image, in the place of the ResNet-18.

    Networks whose first map is at 1/4 have none at 1/2: that feature has no channels.

    Args:
        name: Name of the timm model, for example 'tf_efficientnet_lite0'.
        arguments: Further arguments of its constructor.
        mean: Mean per colour of the images in [0, 1] that its weights were trained on; empty for
            that of timm's configuration.
        deviation: Their deviation, likewise.
        images: Number of RGB images stacked along the channels of the input.

    Attributes:
        channels: Channels of the five features, fine to coarse.

    Raises:
        BackboneError: Unknown name, or it has no such maps.
    """

    def __init__(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        mean: Sequence[float] = (),
        deviation: Sequence[float] = (),
        images: int = 1,
    ) -> None:
        super().__init__()
        self.name, self.arguments, self.images = name, dict(arguments or {}), images
        features = create_features(
            'encoder', name, self.arguments, _REDUCTIONS, 3 * images, optional=_REDUCTIONS[:1]
        )
        self.net = features.net
        if not (mean and deviation):
            mean, deviation = image_statistics(name)
        self._factors = tuple(1.0 / d for d in deviation)
        self._offsets = tuple(-m / d for m, d in zip(mean, deviation, strict=True))
        self._without_half = features.reductions[0] != _REDUCTIONS[0]
        self.channels = (*((0,) if self._without_half else ()), *features.channels)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return five features, fine to coarse, of an image (B, 3 * images, H, W) in [0, 1]."""
        maps = tuple(self.net(scale_channels(image, self._factors, self._offsets)))
        if self._without_half:
            batch, _, height, width = image.shape
            return (maps[0].new_empty(batch, 0, height // 2, width // 2), *maps)
        return maps
