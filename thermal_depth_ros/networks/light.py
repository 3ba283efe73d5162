# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Light enhancement of paper 2: an additive light map that evens out day and night.

DANNet's generator with the size that reproduces the paper's 0.167 M parameters and 20.573 GMACs:
one stride-2 level and no residual block. `LightNet(n_down=2, n_blocks=3)` is DANNet's own.
"""

import torch
import torch.nn.functional as F
from torch import nn


def _reflecting_conv(inputs: int, outputs: int, kernel: int, bias: bool = False) -> nn.Conv2d:
    """Return a convolution that keeps the size and mirrors the image at its border."""
    return nn.Conv2d(
        inputs, outputs, kernel, padding=kernel // 2, padding_mode='reflect', bias=bias
    )


class ResidualBlock(nn.Module):
    """x + BN(conv(ReLU(BN(conv(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _reflecting_conv(channels, channels, 3)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = _reflecting_conv(channels, channels, 3)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map of the same shape."""
        return x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))


class LightNet(nn.Module):
    """Light map r of an image I; the enhanced image is I + r.

    Args:
        n_down: stride-2 levels, each doubling the channels.
        n_blocks: residual blocks at the lowest level.
        width: channels at full resolution.
    """

    def __init__(self, n_down: int = 1, n_blocks: int = 0, width: int = 64) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(n_down + 1)]
        self.multiple = 2**n_down
        self.stem = nn.Sequential(_reflecting_conv(3, width, 7), nn.BatchNorm2d(width), nn.ReLU())
        self.down = nn.Sequential(*(_halve(wide // 2, wide) for wide in widths[1:]))
        self.blocks = nn.Sequential(*(ResidualBlock(widths[-1]) for _ in range(n_blocks)))
        self.up = nn.Sequential(*(_double(wide, wide // 2) for wide in reversed(widths[1:])))
        self.last = _reflecting_conv(width, 3, 7, bias=True)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the light map (B, 3, H, W) in [-1, 1] of an image (B, 3, H, W) in [0, 1].

        Raises:
            ValueError: H or W is not a multiple of 2 ** n_down.
        """
        height, width = image.shape[-2:]
        if height % self.multiple or width % self.multiple:
            raise ValueError(f'image size {height}x{width} is not a multiple of {self.multiple}')
        return torch.tanh(self.last(self.up(self.blocks(self.down(self.stem(image))))))


def _halve(inputs: int, outputs: int) -> nn.Sequential:
    """Return a stride-2 convolution with normalisation and ReLU."""
    conv = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


def _double(inputs: int, outputs: int) -> nn.Sequential:
    """Return a transposed convolution to twice the size with normalisation and ReLU."""
    conv = nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())
