# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What happens to RGB images between the scene and the networks, drawn for each sample."""

import dataclasses
import math

import numpy as np
import torch

from thermal_depth_ros.training.video.effects import colour
from thermal_depth_ros.training.video.effects.blur import blur_kernel, blurred
from thermal_depth_ros.training.video.effects.config import RgbEffectsConfig
from thermal_depth_ros.training.video.effects.draws import Draws
from thermal_depth_ros.training.video.effects.jpeg import LOSSLESS, compressed
from thermal_depth_ros.training.video.effects.lens import Dirt, Flare, vignetted
from thermal_depth_ros.training.video.effects.sensor_noise import with_sensor_noise


@dataclasses.dataclass(frozen=True)
class RgbCamera:
    """A camera: lens, sensor and processing. The same object serves all images of a sample."""

    kernel: np.ndarray
    flare: Flare
    dirt: Dirt
    vignetting: float
    stops: float
    red: float
    blue: float
    gamma_factor: float
    shot_noise: float
    read_noise: float
    grey: bool
    quality: int
    noise: torch.Generator

    @classmethod
    def draw(cls, config: RgbEffectsConfig, rng: np.random.Generator) -> 'RgbCamera':
        """Draw a camera."""
        draws = Draws(rng, config.effect_probability)
        defocus, motion = draws.strength(config.defocus_px), draws.strength(config.motion_blur_px)
        kernel = blur_kernel(defocus, motion, float(rng.uniform(0, math.pi)))
        spread = math.log1p(config.white_balance_change)
        return cls(
            kernel=kernel,
            flare=Flare.draw(draws, config.flare),
            dirt=Dirt.draw(draws, config.lens_dirt),
            vignetting=draws.strength(config.vignetting),
            stops=draws.signed(config.exposure_stops),
            red=math.exp(draws.signed(spread)),
            blue=math.exp(draws.signed(spread)),
            gamma_factor=math.exp(draws.signed(math.log1p(config.gamma_change))),
            shot_noise=draws.strength(config.shot_noise),
            read_noise=draws.strength(config.read_noise),
            grey=draws.occurs(config.grayscale_probability),
            quality=round(LOSSLESS - draws.strength(LOSSLESS - config.jpeg_min_quality)),
            noise=draws.noise(),
        )

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return images (N, 3, H, W) in [0, 1] as the camera takes them.

        Noise differs from image to image and from call to call; everything else is the same.
        """
        if self._changes_light:
            light = blurred(colour.to_linear(images), self.kernel)
            light = self.dirt(self.flare(vignetted(light, self.vignetting)))
            light = colour.exposed(light, self.stops, self.red, self.blue)
            light = with_sensor_noise(light, self.shot_noise, self.read_noise, self.noise)
            images = colour.from_linear(light, self.gamma_factor)
        if self.grey:
            images = colour.without_colour(images)
        return compressed(images, self.quality)

    @property
    def _changes_light(self) -> bool:
        """Whether images need to be converted to linear light."""
        changes = (
            self.flare.brightness,
            self.dirt.opacity,
            self.vignetting,
            self.stops,
            self.red - 1,
            self.blue - 1,
            self.gamma_factor - 1,
            self.shot_noise,
            self.read_noise,
        )
        return any(changes) or self.kernel.size > 1
