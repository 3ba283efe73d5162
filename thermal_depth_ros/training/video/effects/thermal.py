# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What happens to thermal images between the scene and the networks, drawn for each sample."""

import dataclasses
import math

import numpy as np
import torch

from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing, fraction_window
from thermal_depth_ros.training.video.effects import thermal_pattern
from thermal_depth_ros.training.video.effects.agc import KINDS, gain_controlled
from thermal_depth_ros.training.video.effects.blur import blur_kernel, blurred
from thermal_depth_ros.training.video.effects.config import ThermalEffectsConfig
from thermal_depth_ros.training.video.effects.draws import Draws, normal

_LOW, _HIGH = 0.01, 0.99  # percentiles between which the range of an image lies
_STUCK = 0.25  # dead pixels lie outside the range by this fraction of it
_MOST_LEVEL = {True: 255.0, False: 65535.0}  # by whether images have 8 bits


@dataclasses.dataclass(frozen=True)
class ThermalCamera:
    """A camera: optics, sensor and gain control. The same object serves all images of a sample.

    Offsets are fractions of the range of the first image.

    Attributes:
        kernel: Blur.
        pattern: (H, W) offset of all pixels.
        stuck: (H, W) -1 or 1 where pixels are dead.
        noise_deviation: Of temporal noise.
        gain_jump: Largest relative change from image to image.
        offset_jump: Largest offset from image to image.
        black_hot: Whether images are inverted.
        agc: Kind of gain control; '' keeps the counts.
        plateau: See `gain_controlled`.
        low_fraction: Replaces that of the mapping.
        high_fraction: The same.
        noise: Generator of what differs from image to image.
    """

    kernel: np.ndarray
    pattern: torch.Tensor
    stuck: torch.Tensor
    noise_deviation: float
    gain_jump: float
    offset_jump: float
    black_hot: bool
    agc: str
    plateau: float
    low_fraction: float
    high_fraction: float
    noise: torch.Generator

    @classmethod
    def draw(
        cls,
        config: ThermalEffectsConfig,
        mapping: ThermalPreprocessing,
        size: tuple[int, int],
        rng: np.random.Generator,
    ) -> 'ThermalCamera':
        """Draw a camera with images of a size (height, width)."""
        draws = Draws(rng, config.effect_probability)
        defocus, motion = draws.strength(config.defocus_px), draws.strength(config.motion_blur_px)
        kernel = blur_kernel(defocus, motion, float(rng.uniform(0, math.pi)))
        noise = draws.noise()
        pattern = thermal_pattern.fixed_pattern(*size, draws.strength(config.fixed_pattern), noise)
        residue = draws.strength(config.nuc_residue)
        pattern += thermal_pattern.correction_residue(*size, residue, noise)
        pattern += thermal_pattern.housing(*size, draws.signed(config.vignetting))
        low, high = rng.random(2)
        kind = KINDS[int(rng.integers(len(KINDS)))]
        dead_pixels = draws.strength(config.dead_pixels)
        dead_rows = round(draws.strength(config.dead_rows))
        most_low = config.max_low_fraction or mapping.low_fraction
        least_high = mapping.high_fraction
        if config.min_high_fraction < 1:
            least_high = config.min_high_fraction
        return cls(
            kernel=kernel,
            pattern=pattern,
            noise_deviation=draws.strength(config.thermal_noise),
            gain_jump=draws.strength(config.gain_jump),
            offset_jump=draws.strength(config.offset_jump),
            black_hot=_occurs(rng, config.black_hot_probability),
            agc=kind if draws.occurs(config.agc_probability) else '',
            plateau=float(rng.uniform(1.5, 6.0)),
            low_fraction=_between(mapping.low_fraction, most_low, low),
            high_fraction=_between(mapping.high_fraction, least_high, high),
            # The number of draws of this one depends on the result: it comes last.
            stuck=thermal_pattern.dead(*size, dead_pixels, dead_rows, rng),
            noise=noise,
        )

    def __call__(self, images: np.ndarray, picture: bool) -> tuple[np.ndarray, bool]:
        """Return images (N, H, W) float32 as the camera takes them, and whether they have 8 bits.

        Args:
            images: (N, H, W) float32 counts, or levels 0..255.
            picture: Whether images have 8 bits.
        """
        counts = torch.from_numpy(images)
        low, high = fraction_window(images[0], _LOW, _HIGH)
        width = max(high - low, 1e-6)
        counts = blurred(counts[:, None], self.kernel)[:, 0]
        counts = counts + width * self.pattern
        # In -1..1; before the noise, which is drawn only if there is any.
        jumps = 2 * torch.rand((2, len(counts), 1, 1), generator=self.noise) - 1
        if self.noise_deviation:
            noise = normal(tuple(counts.shape), counts, self.noise)
            counts = counts + width * self.noise_deviation * noise
        middle = (low + high) / 2
        gain = 1 + self.gain_jump * jumps[0]
        counts = (counts - middle) * gain + middle + width * self.offset_jump * jumps[1]
        extremes = torch.where(self.stuck > 0, high + _STUCK * width, low - _STUCK * width)
        counts = torch.where(self.stuck != 0, extremes, counts)
        if self.black_hot:
            counts = low + high - counts
        counts = counts.clamp(0.0, _MOST_LEVEL[picture])
        if self.agc:
            return gain_controlled(counts, self.agc, self.plateau).numpy(), True
        return counts.numpy(), picture

    def mapping(self, mapping: ThermalPreprocessing) -> ThermalPreprocessing:
        """Return the mapping to network input with the drawn window."""
        return dataclasses.replace(
            mapping, low_fraction=self.low_fraction, high_fraction=self.high_fraction
        )


def _occurs(rng: np.random.Generator, probability: float) -> bool:
    # Not drawn if it is off, so that other draws do not depend on it.
    return probability > 0 and rng.random() < probability


def _between(first: float, second: float, share: float) -> float:
    return first + (second - first) * share
