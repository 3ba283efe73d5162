# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of CycleGAN as two modules that are trained in turn, and their loss terms.

The results of the networks are in full precision whatever they compute in.
"""

import dataclasses

import torch
from torch import nn

from thermal_depth_ros.networks.cyclegan import CycleGan
from thermal_depth_ros.networks.precision import at_least_single
from thermal_depth_ros.training.engine.batch import LossTerms


@dataclasses.dataclass(frozen=True)
class Translations:
    """Images (B, 3, H, W) in [-1, 1] that the generators make of a batch.

    Attributes:
        day_to_night: Translation of the day images.
        night_to_day: Translation of the night images.
        day_cycled: Day images translated to night and back.
        night_cycled: Night images translated to day and back.
        day_kept: Day images through the generator of day images; None without an identity loss.
        night_kept: Night images through the generator of night images; None likewise.
    """

    day_to_night: torch.Tensor
    night_to_day: torch.Tensor
    day_cycled: torch.Tensor
    night_cycled: torch.Tensor
    day_kept: torch.Tensor | None
    night_kept: torch.Tensor | None


@dataclasses.dataclass(frozen=True)
class TranslationTerms(LossTerms):
    """Terms of both generators, and the losses of the discriminators, which learn separately."""

    gan: torch.Tensor
    cycle: torch.Tensor
    identity: torch.Tensor | None
    discriminator_day: torch.Tensor
    discriminator_night: torch.Tensor


@dataclasses.dataclass(frozen=True)
class Scores:
    """Scores (B, 1, h, w) of each batch of images, by the discriminator of each domain."""

    day: list[torch.Tensor]
    night: list[torch.Tensor]


class Generators(nn.Module):
    """Both generators."""

    def __init__(self, networks: CycleGan) -> None:
        super().__init__()
        self.day_to_night = networks.day_to_night
        self.night_to_day = networks.night_to_day

    def forward(self, day: torch.Tensor, night: torch.Tensor, keep: bool) -> Translations:
        """Translate both sets there and back.

        Args:
            day: Daytime images (B, 3, H, W) in [-1, 1].
            night: Night images (B, 3, H, W) in [-1, 1].
            keep: Whether to compute the identity outputs too.
        """
        day_to_night, night_to_day = self.day_to_night(day), self.night_to_day(night)
        day_cycled, night_cycled = self.night_to_day(day_to_night), self.day_to_night(night_to_day)
        return Translations(
            at_least_single(day_to_night),
            at_least_single(night_to_day),
            at_least_single(day_cycled),
            at_least_single(night_cycled),
            at_least_single(self.night_to_day(day)) if keep else None,
            at_least_single(self.day_to_night(night)) if keep else None,
        )


class Discriminators(nn.Module):
    """Both discriminators."""

    def __init__(self, networks: CycleGan) -> None:
        super().__init__()
        self.day = networks.discriminator_day
        self.night = networks.discriminator_night

    def forward(self, day: list[torch.Tensor], night: list[torch.Tensor]) -> Scores:
        """Return the scores of each batch of images (B, 3, H, W)."""
        return Scores(
            [at_least_single(self.day(images)) for images in day],
            [at_least_single(self.night(images)) for images in night],
        )
