# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ResNet-18 encoder: features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image."""

import torch
from torch import nn

FEATURE_CHANNELS = (64, 64, 128, 256, 512)
IMAGE_MEAN = 0.45
IMAGE_DEVIATION = 0.225


class ResNetEncoder(nn.Module):
    """torchvision's ResNet-18 without classifier, for any number of input channels.

    Args:
        in_channels: channels of the input; several stacked frames are one input.
        normalise: apply (x - 0.45) / 0.225 first, for inputs in [0, 1].
    """

    def __init__(self, in_channels: int = 3, normalise: bool = True) -> None:
        super().__init__()
        from torchvision.models import resnet18  # import time that only ResNet users pay

        self.normalise = normalise
        self.resnet = resnet18(weights=None)
        self.resnet.fc = nn.Identity()
        if in_channels != 3:
            self.resnet.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return five features, fine to coarse, of an image (B, in_channels, H, W)."""
        net = self.resnet
        if self.normalise:
            image = (image - IMAGE_MEAN) / IMAGE_DEVIATION
        features = [net.relu(net.bn1(net.conv1(image)))]
        features.append(net.layer1(net.maxpool(features[0])))
        for layer in (net.layer2, net.layer3, net.layer4):
            features.append(layer(features[-1]))
        return tuple(features)


def adapt_first_conv(weight: torch.Tensor, channels_per_image: int, images: int) -> torch.Tensor:
    """Fit the first ImageNet convolution to several stacked images.

    One channel per image takes the mean over the three channels; the copies are divided by the
    number of images, so that equal frames give the activations of one frame.

    Args:
        weight: (64, 3, 7, 7).
        channels_per_image: 1 or 3.
        images: number of stacked images.

    Returns:
        (64, images * channels_per_image, 7, 7).

    Raises:
        ValueError: channels_per_image is neither 1 nor 3.
    """
    if channels_per_image not in (1, 3):
        raise ValueError(f'channels per image {channels_per_image} is neither 1 nor 3')
    if channels_per_image == 1:
        weight = weight.mean(dim=1, keepdim=True)
    return weight.repeat(1, images, 1, 1) / images
