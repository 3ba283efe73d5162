# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Random strengths of effects, with a fixed number of draws for each."""

import dataclasses

import numpy as np
import torch


@dataclasses.dataclass(frozen=True)
class Draws:
    """Draws strengths of effects that occur with a probability.

    Every method makes the same number of draws whatever the outcome, so that an effect that is
    switched on or off changes none of the others.
    """

    rng: np.random.Generator
    probability: float

    def occurs(self, probability: float) -> bool:
        """Return whether something of this probability occurs."""
        return bool(self.rng.random() < probability)

    def strength(self, largest: float) -> float:
        """Return a strength in 0..largest; 0 if the effect does not occur."""
        occurs, share = self.occurs(self.probability), self.rng.random()
        return float(largest * share) if occurs else 0.0

    def signed(self, largest: float) -> float:
        """Return a value in -largest..largest; 0 if the effect does not occur."""
        strength = self.strength(largest)
        return strength if self.occurs(0.5) else -strength

    def noise(self) -> torch.Generator:
        """Return a generator of noise fields on the CPU."""
        return torch.Generator().manual_seed(int(self.rng.integers(2**62)))


def normal(shape: tuple[int, ...], like: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return standard normal values, drawn on the CPU, on the device of `like`."""
    return torch.randn(shape, generator=generator, dtype=torch.float32).to(like.device)


def positions(height: int, width: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return y (H, 1) and x (1, W) of pixel centres from the image centre, 1 at half a diagonal."""
    radius = np.hypot(height - 1, width - 1) / 2 or 1.0
    y = (torch.arange(height, device=device) - (height - 1) / 2) / radius
    x = (torch.arange(width, device=device) - (width - 1) / 2) / radius
    return y[:, None], x[None, :]
