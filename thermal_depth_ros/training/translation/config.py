# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of day-night translation training; defaults are those of CycleGAN."""

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

from thermal_depth_ros.base.settings import fixed, override
from thermal_depth_ros.networks.architecture import (
    MIN_DISCRIMINATOR_SIDE,
    TRANSLATION_MULTIPLE,
    translation_size_fits,
)
from thermal_depth_ros.samples.config import ImagesConfig, named_twice
from thermal_depth_ros.training.engine.config import MethodConfig


@dataclasses.dataclass(frozen=True)
class TranslationDataConfig(ImagesConfig):
    """Daytime and night images; unpaired, any number, any place."""

    data_paths: ClassVar[frozenset[str]] = ImagesConfig.data_paths | {'night_bags'}

    bags: tuple[str, ...] = fixed((), 'Daytime recordings: folders, .mcap, .db3 or .bag')
    night_bags: tuple[str, ...] = fixed((), 'Night recordings: folders, .mcap, .db3 or .bag')

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = super().problems()
        if not self.night_bags:
            problems.append('night_bags: no night recording is given')
        if both := named_twice(self.bags, self.night_bags):
            problems.append(f'night_bags: {", ".join(both)} is also listed in bags')
        return problems


@dataclasses.dataclass(frozen=True)
class TranslationTrainingConfig(MethodConfig):
    """Networks, schedule, losses and augmentation of CycleGAN."""

    learning_rate: float = override(
        MethodConfig, 'learning_rate', default=2e-4, help='Learning rate of both Adam optimisers'
    )
    licence: str = override(MethodConfig, 'licence', default='Apache-2.0')
    generator_blocks: int = fixed(9, 'Residual blocks of each generator', minimum=0, maximum=64)
    generator_width: int = fixed(
        64, 'Channels of each generator at full resolution', minimum=1, maximum=1024
    )
    discriminator_width: int = fixed(
        64,
        'Channels of the first layer of each discriminator',
        minimum=1,
        maximum=1024,
        renamed_from='judge_width',
    )
    constant_epochs: int = fixed(100, 'Epochs at the full learning rate', minimum=0)
    decay_epochs: int = fixed(
        100, 'Epochs after these in which the learning rate decays linearly to 0', minimum=0
    )
    adam_beta1: float = fixed(0.5, 'Beta1 of both Adam optimisers', minimum=0.0, maximum=0.999)
    cycle_weight: float = fixed(10.0, 'Weight of the cycle consistency loss', minimum=0.0)
    identity_weight: float = fixed(
        0.5,
        'Weight of the identity loss relative to cycle_weight; 0 disables it',
        minimum=0.0,
    )
    pool_size: int = fixed(
        50,
        'Size of the pool of earlier translations shown to the discriminators again',
        minimum=0,
        maximum=10_000,
    )
    enlargement: float = fixed(
        286 / 256,
        'Factor by which images are enlarged before the random crop',
        minimum=1.0,
        maximum=4.0,
    )
    crop_width: int = fixed(
        0, 'Width of the random crop, pixels; 0 uses width', minimum=0, maximum=8192
    )
    crop_height: int = fixed(
        0, 'Height of the random crop, pixels; 0 uses height', minimum=0, maximum=8192
    )
    validation_images: int = fixed(
        16,
        'Images of each set on which the cycle error is measured; 0 disables validation',
        minimum=0,
    )

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        problems = []
        if self.constant_epochs + self.decay_epochs < 1:
            problems.append('constant_epochs: must be at least 1 if decay_epochs is 0')
        if not self.licence:
            problems.append('licence: must not be empty')
        return problems

    def rate_factor(self, epoch: int) -> float:
        """Return the factor on the learning rate in an epoch, counted from 0.

        1 - max(0, epoch + 1 - constant_epochs) / (decay_epochs + 1), and 0 after the last epoch,
        which itself still has a factor of 1 / (decay_epochs + 1).
        """
        late = max(0, epoch + 1 - self.constant_epochs)
        return max(0.0, 1.0 - late / (self.decay_epochs + 1))

    def crop(self, data: ImagesConfig) -> tuple[int, int]:
        """Return (height, width) of the training crop."""
        return self.crop_height or data.height, self.crop_width or data.width

    def enlarged(self, data: ImagesConfig) -> tuple[int, int]:
        """Return (height, width) before cropping."""
        return round(data.height * self.enlargement), round(data.width * self.enlargement)


def size_problems(data: ImagesConfig, method: TranslationTrainingConfig) -> list[str]:
    """List sizes that the networks do not support, and crops larger than the images."""
    return [*_whole_problems(data), *_crop_problems(data, method)]


def _whole_problems(data: ImagesConfig) -> Iterator[str]:
    for name in ('height', 'width'):
        if not translation_size_fits(side := getattr(data, name)):
            yield f'{name}: {side} is not a multiple of {TRANSLATION_MULTIPLE}'


def _crop_problems(data: ImagesConfig, method: TranslationTrainingConfig) -> Iterator[str]:
    sides = zip(('height', 'width'), method.crop(data), method.enlarged(data), strict=True)
    for name, side, largest in sides:
        named = f'crop_{name}' if getattr(method, f'crop_{name}') else name
        if side > largest:
            yield f'{named}: {side} is more than the {largest} pixels of the enlarged image'
        if side < MIN_DISCRIMINATOR_SIDE:
            least = f'{MIN_DISCRIMINATOR_SIDE}, the smallest input of the discriminators'
            yield f'{named}: {side} is below {least}'
        if named != name and not translation_size_fits(side):
            yield f'{named}: {side} is not a multiple of {TRANSLATION_MULTIPLE}'
