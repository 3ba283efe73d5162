# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of CycleGAN as two modules that are trained in turn."""

import torch
from torch import nn

from thermal_depth_ros.networks.cyclegan import CycleGan

Images = dict[str, torch.Tensor]


class Generators(nn.Module):
    """Both generators."""

    def __init__(self, networks: CycleGan) -> None:
        super().__init__()
        self.day_to_night = networks.day_to_night
        self.night_to_day = networks.night_to_day

    def forward(self, day: torch.Tensor, night: torch.Tensor, keep: bool) -> Images:
        """Translate both sets there and back.

        Args:
            day: Daytime images (B, 3, H, W) in [-1, 1].
            night: Night images (B, 3, H, W) in [-1, 1].
            keep: Whether to compute the identity outputs too.

        Returns:
            day_to_night, night_to_day: translations; day_cycled, night_cycled: and back; with
            `keep` day_kept, night_kept.
        """
        made = {'day_to_night': self.day_to_night(day), 'night_to_day': self.night_to_day(night)}
        made['day_cycled'] = self.night_to_day(made['day_to_night'])
        made['night_cycled'] = self.day_to_night(made['night_to_day'])
        if keep:
            made['day_kept'], made['night_kept'] = self.night_to_day(day), self.day_to_night(night)
        return made


class Discriminators(nn.Module):
    """Both discriminators."""

    def __init__(self, networks: CycleGan) -> None:
        super().__init__()
        self.day = networks.discriminator_day
        self.night = networks.discriminator_night

    def forward(
        self, day: list[torch.Tensor], night: list[torch.Tensor]
    ) -> dict[str, list[torch.Tensor]]:
        """Return the scores of each batch of images (B, 3, H, W)."""
        return {
            'day': [self.day(images) for images in day],
            'night': [self.night(images) for images in night],
        }
