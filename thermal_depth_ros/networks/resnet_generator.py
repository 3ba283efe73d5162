# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The image-to-image network that light enhancement and day-night translation have in common."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

# Both normalisations subtract a mean, so the bias of a convolution before one does nothing. The
# published networks have it with instance normalisation all the same, and so do their files.
NORMS: dict[str, tuple[Callable[[int], nn.Module], bool]] = {
    'batch': (nn.BatchNorm2d, False),
    'instance': (nn.InstanceNorm2d, True),
}


class ResidualBlock(nn.Module):
    """x + norm(conv(ReLU(norm(conv(x)))))."""

    def __init__(self, channels: int, norm: str) -> None:
        super().__init__()
        make_norm, bias = NORMS[norm]
        self.conv1 = _reflecting_conv(channels, channels, 3, bias)
        self.norm1 = make_norm(channels)
        self.conv2 = _reflecting_conv(channels, channels, 3, bias)
        self.norm2 = make_norm(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return a map of the same shape."""
        change: torch.Tensor = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return x + change


class ResnetGenerator(nn.Module):
    """Image (B, 3, H, W) to image in [-1, 1]: 7x7, down, residual blocks, up, 7x7, tanh.

    Args:
        n_down: stride-2 levels, each doubling the channels.
        n_blocks: Residual blocks at the lowest level.
        width: Channels at full resolution.
        norm: A key of NORMS.
    """

    def __init__(self, n_down: int, n_blocks: int, width: int, norm: str) -> None:
        super().__init__()
        make_norm, bias = NORMS[norm]
        widths = [width * 2**level for level in range(n_down + 1)]
        self.multiple = 2**n_down
        self.stem = nn.Sequential(_reflecting_conv(3, width, 7, bias), make_norm(width), nn.ReLU())
        self.down = nn.Sequential(*(_halve(wide // 2, wide, norm) for wide in widths[1:]))
        self.blocks = nn.Sequential(*(ResidualBlock(widths[-1], norm) for _ in range(n_blocks)))
        self.up = nn.Sequential(*(_double(wide, wide // 2, norm) for wide in reversed(widths[1:])))
        self.last = _reflecting_conv(width, 3, 7, bias=True)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return an image of the same shape in [-1, 1].

        Raises:
            ValueError: H or W is not a multiple of 2 ** n_down.
        """
        height, width = image.shape[-2:]
        if height % self.multiple or width % self.multiple:
            raise ValueError(f'image size {height}x{width} is not a multiple of {self.multiple}')
        return torch.tanh(self.last(self.up(self.blocks(self.down(self.stem(image))))))


def _reflecting_conv(inputs: int, outputs: int, kernel: int, bias: bool) -> nn.Conv2d:
    """Return a convolution that keeps the size and mirrors the image at its border."""
    return nn.Conv2d(
        inputs, outputs, kernel, padding=kernel // 2, padding_mode='reflect', bias=bias
    )


def _halve(inputs: int, outputs: int, norm: str) -> nn.Sequential:
    """Return a stride-2 convolution with normalisation and ReLU."""
    make_norm, bias = NORMS[norm]
    conv = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=bias)
    return nn.Sequential(conv, make_norm(outputs), nn.ReLU())


def _double(inputs: int, outputs: int, norm: str) -> nn.Sequential:
    """Return a transposed convolution to twice the size with normalisation and ReLU."""
    make_norm, bias = NORMS[norm]
    conv = nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1, bias=bias)
    return nn.Sequential(conv, make_norm(outputs), nn.ReLU())
