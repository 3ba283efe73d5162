# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vignetting, stray light and dirt of a lens: the same in all images of a sample."""

import dataclasses

import numpy as np
import torch

from thermal_depth_ros.training.video.effects.draws import Draws, positions

_MOST_SPOTS = 12


def corner_map(height: int, width: int, device: torch.device) -> torch.Tensor:
    """Return (H, W) the squared distance from the image centre, 1 in the corners."""
    y, x = positions(height, width, device)
    return y.square() + x.square()


def vignetted(light: torch.Tensor, loss: float) -> torch.Tensor:
    """Return linear light (..., H, W), darker by the fraction `loss` in the corners."""
    if loss == 0:
        return light
    return light * (1.0 - loss * corner_map(light.shape[-2], light.shape[-1], light.device))


@dataclasses.dataclass(frozen=True)
class Flare:
    """Stray light of a source inside or outside the image, with a veil over all of it.

    Attributes:
        brightness: Of the source, relative to full brightness.
        x: Position, in the units of `positions`.
        y: Position.
        size: Standard deviation of the glow, in these units.
        colour: Relative brightness of R, G, B.
    """

    brightness: float
    x: float
    y: float
    size: float
    colour: tuple[float, float, float]

    @classmethod
    def draw(cls, draws: Draws, largest: float) -> 'Flare':
        """Draw a source whose brightness is at most `largest`."""
        brightness = draws.strength(largest)
        x, y = draws.rng.uniform(-1.3, 1.3), draws.rng.uniform(-1.3, 0.3)  # lamps, sun: above
        size = draws.rng.uniform(0.05, 0.6)
        red, green, blue = draws.rng.uniform(0.6, 1.0, 3)
        return cls(brightness, float(x), float(y), float(size), (red, green, blue))

    def __call__(self, light: torch.Tensor) -> torch.Tensor:
        """Return linear light (N, 3, H, W) with the stray light added."""
        if self.brightness == 0:
            return light
        y, x = positions(light.shape[-2], light.shape[-1], light.device)
        # A Gaussian is the product of one along y and one along x.
        spread = 2 * self.size**2
        glow = ((y - self.y).square() / -spread).exp() * ((x - self.x).square() / -spread).exp()
        colour = torch.tensor(self.colour, dtype=light.dtype, device=light.device)
        return light + self.brightness * colour.reshape(3, 1, 1) * (0.8 * glow + 0.2)


@dataclasses.dataclass(frozen=True)
class Dirt:
    """Soft spots through which little is seen but scattered light.

    Attributes:
        opacity: In the middle of the densest spot.
        spots: (K, 4) x, y and standard deviation in the units of `positions`, relative opacity.
    """

    opacity: float
    spots: np.ndarray

    @classmethod
    def draw(cls, draws: Draws, largest: float) -> 'Dirt':
        """Draw spots whose opacity is at most `largest`."""
        opacity = draws.strength(largest)
        spots = draws.rng.uniform((-1, -1, 0.01, 0.3), (1, 1, 0.12, 1.0), (_MOST_SPOTS, 4))
        return cls(opacity, spots[: int(draws.rng.integers(1, _MOST_SPOTS + 1))])

    def __call__(self, light: torch.Tensor) -> torch.Tensor:
        """Return linear light (N, C, H, W) behind the spots."""
        if self.opacity == 0:
            return light
        y, x = positions(light.shape[-2], light.shape[-1], light.device)
        left, top, size, dense = torch.from_numpy(self.spots).to(light).T[:, :, None]
        spread = -2 * size.square()
        rows = ((y.T - top).square() / spread).exp()  # (K, H)
        columns = ((x - left).square() / spread).exp()  # (K, W)
        clear = 1.0 - self.opacity * dense[..., None] * rows[:, :, None] * columns[:, None, :]
        clear = clear.prod(0)
        scattered = light.mean((-2, -1), keepdim=True)
        return torch.lerp(scattered.expand_as(light), light, clear.expand_as(light))
