# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Day-night translation: the generators and discriminators of CycleGAN."""

import dataclasses
from collections.abc import Iterator

import torch
from torch import nn

from thermal_depth_ros.networks.architecture import MIN_DISCRIMINATOR_SIDE, TRANSLATION_LEVELS
from thermal_depth_ros.networks.initialisation import materialise
from thermal_depth_ros.networks.resnet_generator import ResnetGenerator

_LEAK = 0.2


class Generator(ResnetGenerator):
    """Translate an image (B, 3, H, W) in [-1, 1] into the other domain."""

    def __init__(self, n_blocks: int = 9, width: int = 64) -> None:
        super().__init__(TRANSLATION_LEVELS, n_blocks, width, 'instance')


class PatchDiscriminator(nn.Module):
    """Score overlapping patches of 70x70 pixels: 1 for real ones, 0 for translated ones."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 4, stride=2, padding=1),
            nn.LeakyReLU(_LEAK),
            *_normalised(width, 2 * width, stride=2),
            *_normalised(2 * width, 4 * width, stride=2),
            *_normalised(4 * width, 8 * width, stride=1),
            nn.Conv2d(8 * width, 1, 4, stride=1, padding=1),
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return scores (B, 1, H / 8 - 2, W / 8 - 2), unbounded, of images in [-1, 1].

        Raises:
            ValueError: H or W is below 24, where there is no score.
        """
        height, width = image.shape[-2:]
        if min(height, width) < MIN_DISCRIMINATOR_SIDE:
            raise ValueError(
                f'image size {height}x{width}: both sides must be at least {MIN_DISCRIMINATOR_SIDE}'
            )
        scores: torch.Tensor = self.layers(image)
        return scores


def _normalised(inputs: int, outputs: int, stride: int) -> Iterator[nn.Module]:
    yield nn.Conv2d(inputs, outputs, 4, stride=stride, padding=1)
    yield nn.InstanceNorm2d(outputs)
    yield nn.LeakyReLU(_LEAK)


@dataclasses.dataclass(frozen=True)
class CycleGan:
    """Generators and discriminators of a translation between two image domains."""

    day_to_night: Generator
    night_to_day: Generator
    discriminator_day: PatchDiscriminator
    discriminator_night: PatchDiscriminator


@torch.inference_mode(False)  # weights created in the caller's inference mode could not be trained
def build_cyclegan(
    seed: int, n_blocks: int = 9, width: int = 64, discriminator_width: int = 64
) -> CycleGan:
    """Build the networks with weights N(0, 0.02) drawn from a seed, and biases 0, on the CPU.

    Args:
        seed: Random seed of the weights.
        n_blocks: Residual blocks of each generator.
        width: Channels of each generator at full resolution.
        discriminator_width: Channels of the first layer of each discriminator.
    """
    with torch.device('meta'):
        networks = CycleGan(
            Generator(n_blocks, width),
            Generator(n_blocks, width),
            PatchDiscriminator(discriminator_width),
            PatchDiscriminator(discriminator_width),
        )
    for field in dataclasses.fields(networks):
        stream = field.name.replace('discriminator', 'judge')  # as ever: a seed keeps its weights
        materialise(getattr(networks, field.name), seed, f'translation.{stream}')
    return networks
