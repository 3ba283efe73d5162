# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth network of both kinds of cameras: vision transformer, DPT head, one disparity per pixel.

It is the thermal depth network of Fan et al. 2024 and that of Depth Anything V2.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from thermal_depth_ros.networks.architecture import BORDERS
from thermal_depth_ros.networks.disparity import OutputMapping
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.padding import centre_padding, nearest_multiple, next_multiple
from thermal_depth_ros.networks.vit import Tap, VisionBackbone

Features = Callable[[torch.Tensor], list[Tap]]  # of an image (B, 3, H, W) that fits the patches


class DptDepthNet(nn.Module):
    """Disparity of images of any size.

    Images whose sides are no multiples of the patch size are fitted by `border`:
    'pad' adds zeros around the normalised image and crops the result, so that pixels stay where
    they are; 'resize' scales to the nearest multiples and back; 'resize_up' to the next larger.

    Raises:
        ValueError: Unknown border, or a readout that needs a class token the backbone lacks.
    """

    def __init__(
        self,
        backbone: VisionBackbone,
        head: DPTHead,
        border: str = 'pad',
        output: OutputMapping | None = None,
    ) -> None:
        super().__init__()
        if border not in BORDERS:
            raise ValueError(f'border {border!r} is not one of {", ".join(BORDERS)}')
        if head.readout != 'ignore' and not backbone.has_class_token:
            raise ValueError(
                f'readout {head.readout!r} needs a class token, which {backbone.name!r} lacks; '
                "use readout 'ignore'"
            )
        self.backbone = backbone
        self.head = head
        self.border = border
        self.output = output or OutputMapping()

    def forward(self, image: torch.Tensor, features: Features | None = None) -> torch.Tensor:
        """Return positive disparity (B, 1, H, W); depth is its inverse. See `OutputMapping`.

        Args:
            image: (B, 3, H, W), normalised with the ImageNet mean and deviation.
            features: Stands in for the backbone.

        Raises:
            ValueError: The image is not (B, 3, H, W).
        """
        if image.ndim != 4 or image.shape[1] != 3:
            raise ValueError(f'image of shape {tuple(image.shape)} is not (B, 3, H, W)')
        size = image.shape[-2:]
        if self.border == 'pad':
            padding = centre_padding(size[0], size[1], self.backbone.patch_size)
            return padding.remove(self._disparity(padding.apply(image), features))
        fit = nearest_multiple if self.border == 'resize' else next_multiple
        fitted = [fit(side, self.backbone.patch_size) for side in size]
        return _resize(self._disparity(_resize(image, fitted), features), size)

    def _disparity(self, image: torch.Tensor, features: Features | None) -> torch.Tensor:
        """Return disparity at the size of an image that fits the patches."""
        taps = self.backbone(image) if features is None else features(image)
        disparity = self.output(self.head(taps))
        return _resize(disparity, image.shape[-2:])


def _resize(x: torch.Tensor, size: torch.Size | list[int]) -> torch.Tensor:
    """Resize bilinearly (pixel-centre convention); the same tensor when the size is right."""
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, tuple(size), mode='bilinear', align_corners=False)
