# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What can be set on the training of day-night translation; defaults are CycleGAN's."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import ClassVar

from thermal_depth_ros.networks.architecture import (
    MIN_JUDGED,
    TRANSLATION_MULTIPLE,
    translation_size_fits,
)
from thermal_depth_ros.samples.config import named_twice
from thermal_depth_ros.samples.images_config import ImagesConfig
from thermal_depth_ros.settings import setting

_fixed = functools.partial(setting, read_only=True)


@dataclasses.dataclass(frozen=True)
class TranslationDataConfig(ImagesConfig):
    """Images by day and images by night, of any number and of any places."""

    data_paths: ClassVar[frozenset[str]] = ImagesConfig.data_paths | {'night_bags'}

    bags: tuple[str, ...] = _fixed((), 'recordings by day: folders, .mcap, .db3 or .bag')
    night_bags: tuple[str, ...] = _fixed((), 'recordings by night, likewise')

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = super().problems()
        if not self.night_bags:
            found.append('night_bags: no recording by night is named')
        if both := named_twice(self.bags, self.night_bags):
            found.append(f'night_bags: {", ".join(both)} is named by bags too')
        return found


@dataclasses.dataclass(frozen=True)
class TranslationTrainingConfig:
    """Networks, schedule, losses and augmentation of CycleGAN."""

    generator_blocks: int = _fixed(9, 'Residual blocks of each generator', minimum=0, maximum=64)
    generator_width: int = _fixed(
        64, 'Channels of each generator at full resolution', minimum=1, maximum=1024
    )
    judge_width: int = _fixed(
        64, 'Channels of the first layer of each discriminator', minimum=1, maximum=1024
    )
    constant_epochs: int = _fixed(100, 'Epochs at the full learning rate', minimum=0)
    decay_epochs: int = _fixed(100, 'Epochs in which it then falls to nothing', minimum=0)
    learning_rate: float = _fixed(2e-4, 'Of both optimisers (Adam)', minimum=0.0, maximum=1.0)
    adam_beta1: float = _fixed(
        0.5, 'Decay of the mean gradient in Adam', minimum=0.0, maximum=0.999
    )
    cycle_weight: float = _fixed(10.0, 'Of what comes back from both translations', minimum=0.0)
    identity_weight: float = _fixed(
        0.5,
        'Of images that a generator should leave as they are, relative to cycle_weight; 0: none',
        minimum=0.0,
    )
    pool_size: int = _fixed(
        50,
        'Earlier translations that the discriminators see again',
        minimum=0,
        maximum=10_000,
    )
    enlargement: float = _fixed(
        286 / 256, 'Images are enlarged so much before they are cropped', minimum=1.0, maximum=4.0
    )
    crop_width: int = _fixed(0, 'Width that is trained on (0: width)', minimum=0, maximum=8192)
    crop_height: int = _fixed(0, 'Height that is trained on (0: height)', minimum=0, maximum=8192)
    flip_probability: float = _fixed(0.5, 'Of mirrored images', minimum=0.0, maximum=1.0)
    validation_images: int = _fixed(
        16, 'Images of each set that the cycle error is measured on; 0: no validation', minimum=0
    )
    weights_dtype: str = _fixed(
        'fp32', 'Storage of the weights in the bundle', choices=('fp32', 'fp16', 'bf16')
    )
    licence: str = _fixed('Apache-2.0', 'Of the bundle')
    description: str = _fixed('', 'Of the bundle')

    def problems(self) -> list[str]:
        """Name contradictions between settings."""
        found = []
        if self.constant_epochs + self.decay_epochs < 1:
            found.append('constant_epochs: no epoch beside a decay_epochs of 0')
        if not self.licence:
            found.append('licence: must be named')
        return found

    def crop(self, data: ImagesConfig) -> tuple[int, int]:
        """Return (height, width) that is trained on."""
        return self.crop_height or data.height, self.crop_width or data.width

    def enlarged(self, data: ImagesConfig) -> tuple[int, int]:
        """Return (height, width) before cropping."""
        return round(data.height * self.enlargement), round(data.width * self.enlargement)


def size_problems(data: ImagesConfig, method: TranslationTrainingConfig) -> list[str]:
    """Name sizes that the networks do not take, and crops larger than the images."""
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
        if side < MIN_JUDGED:
            yield f'{named}: {side} is below {MIN_JUDGED}, the least that is judged'
        if named != name and not translation_size_fits(side):
            yield f'{named}: {side} is not a multiple of {TRANSLATION_MULTIPLE}'
