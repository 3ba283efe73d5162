# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ResNet-18 encoder: features at 1/2, 1/4, 1/8, 1/16 and 1/32 of the image."""

import torch
from torch import nn

WIDTH = 64  # channels of the first stage of a ResNet-18
IMAGE_MEAN = 0.45
IMAGE_DEVIATION = 0.225


def feature_channels(width: int) -> tuple[int, ...]:
    """Return the channels of the five features of an encoder, fine to coarse."""
    return width, width, 2 * width, 4 * width, 8 * width


class _ResNet18(nn.Module):
    """torchvision's ResNet-18 without its classifier, with its names, for any width."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = _stage(width, width, stride=1)
        self.layer2 = _stage(width, 2 * width, stride=2)
        self.layer3 = _stage(2 * width, 4 * width, stride=2)
        self.layer4 = _stage(4 * width, 8 * width, stride=2)


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Return two residual blocks, the first with a stride."""
    from torchvision.models.resnet import BasicBlock  # import time that only ResNet users pay

    shortcut = None
    if stride > 1:
        shortcut = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
        )
    return nn.Sequential(
        BasicBlock(inputs, outputs, stride, shortcut), BasicBlock(outputs, outputs)
    )


class ResNetEncoder(nn.Module):
    """ResNet-18 without classifier, for any number of input channels.

    Args:
        in_channels: Channels of the input; several stacked frames are one input.
        normalise: Apply (x - 0.45) / 0.225 first, for inputs in [0, 1].
        width: Channels of the first stage; the others have 2, 4 and 8 times as many.

    Attributes:
        channels: Channels of the five features, fine to coarse.
    """

    def __init__(self, in_channels: int = 3, normalise: bool = True, width: int = WIDTH) -> None:
        super().__init__()
        self.normalise = normalise
        self.channels = feature_channels(width)
        self.resnet = _ResNet18(in_channels, width)

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
        images: Number of stacked images.

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
