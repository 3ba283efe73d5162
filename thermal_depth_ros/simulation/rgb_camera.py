# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The RGB camera: linear light to 8 bits, with exposure, noise, a soft lens and its faults."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from thermal_depth_ros.simulation import lens_effects
from thermal_depth_ros.simulation.climate import Climate
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.lens_effects import Dirt, Flare
from thermal_depth_ros.simulation.seeds import stream

_STEPS = 4096
_HIGHEST = 1.5  # light above is not told apart


@dataclasses.dataclass(frozen=True, eq=False)
class RgbSensor:
    """Exposure and noise of one drive; the camera does not change them on the way."""

    seed: int
    gain: tuple[float, float, float]  # of R, G, B
    read_noise: float  # deviation in the dark, of full scale
    shot_noise: float  # deviation at full scale
    blur: float  # pixels
    vignette: np.ndarray  # (H, W, 1)
    tone: np.ndarray  # (_STEPS,) uint8, of linear light
    saturation: float  # 0 grey, 1 as it is
    jpeg_quality: int  # of the camera's own compression, 0 for none
    dirt: Dirt | None
    flare: Flare | None
    rain: float  # see Climate

    def read(
        self, channels: Sequence[np.ndarray], frame: int, sun_px: tuple[float, float] | None = None
    ) -> np.ndarray:
        """Return the picture (H, W, 3) uint8 R, G, B.

        Args:
            channels: Linear light (H, W) of R, G, B.
            frame: Number of the frame, for its noise.
            sun_px: Where the sun stands, if it shines into the lens.
        """
        light = cv2.merge(list(channels))
        if self.rain > 0:
            light = lens_effects.with_rain(light, self.rain, self.seed, frame)
        light = cv2.GaussianBlur(light, (0, 0), self.blur)
        if self.dirt is not None:
            light = self.dirt.over(light)
        if self.flare is not None and sun_px is not None:
            light = light + self.flare.of(sun_px, light.shape[:2])
        light *= self.vignette * np.array(self.gain, np.float32)
        if self.saturation != 1.0:
            grey = light.mean(axis=2, keepdims=True)
            light = grey + np.float32(self.saturation) * (light - grey)
        np.clip(light, 0.0, _HIGHEST, out=light)
        rng = stream(self.seed, 'rgb noise', frame)
        deviation = np.sqrt(light * self.shot_noise**2 + np.float32(self.read_noise**2))
        light += deviation * rng.standard_normal(light.shape, np.float32)
        np.clip(light, 0.0, 1.0, out=light)
        image = self.tone[(light * (_STEPS - 1)).astype(np.int16)]
        return lens_effects.compressed(image, self.jpeg_quality)


def make_rgb_sensor(config: SimulationConfig, climate: Climate) -> RgbSensor:
    """Draw the camera of a drive, exposed for its climate."""
    rng = stream(config.seed, 'rgb sensor')
    wide = stream(config.seed, 'rgb sensor variation')
    share = config.randomise
    v, u = np.mgrid[: config.rgb_height, : config.rgb_width]
    radius = np.hypot(u / config.rgb_width - 0.5, v / config.rgb_height - 0.5) / 0.71
    exposure = rng.uniform(0.8, 1.25) * (0.85 if not climate.night else 1.0)
    exposure *= config.camera_gain * 2.0 ** (share * wide.normal(0.15, 0.55))
    balance = rng.uniform(0.94, 1.06, 3) * exposure
    warmth, tint = 2.0 ** (share * wide.normal(0.0, (0.22, 0.08)))
    balance *= warmth, tint, 1.0 / warmth
    noise = float(2.0 ** (share * wide.normal(0.3, 0.9)))
    gain = (float(balance[0]), float(balance[1]), float(balance[2]))
    day = not climate.night
    dark = 1.0 - (rng.uniform(0.05, 0.3) + 0.3 * share * wide.random()) * radius**2
    quality = int(wide.integers(25, 93)) if wide.random() < 0.6 * share else 0
    saturation = 1.0 + share * wide.uniform(-0.6, 0.35)
    if wide.random() < 0.05 * share:
        saturation = 0.0  # a monochrome camera
    size = (config.rgb_height, config.rgb_width)
    return RgbSensor(
        seed=config.seed,
        gain=gain,
        read_noise=noise * float(rng.uniform(0.001, 0.003) if day else rng.uniform(0.004, 0.012)),
        shot_noise=noise * float(rng.uniform(0.008, 0.016) if day else rng.uniform(0.03, 0.06)),
        blur=float(rng.uniform(0.4, 0.6)) + share * abs(float(wide.normal(0.0, 0.6))),
        vignette=dark.astype(np.float32)[..., None],
        tone=_tone(share, wide),
        saturation=float(saturation),
        jpeg_quality=quality,
        dirt=lens_effects.draw_dirt(wide, size) if wide.random() < 0.45 * share else None,
        flare=lens_effects.draw_flare(wide) if wide.random() < 0.8 * share else None,
        rain=climate.rain,
    )


def _tone(share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the curve from linear light to 8 bits: gamma, contrast, and how black black is."""
    gamma = 2.2 * 2.0 ** (share * rng.normal(0.0, 0.25))
    curve = np.linspace(0, 1, _STEPS) ** (1 / gamma)
    contrast = share * rng.uniform(-0.1, 0.7)
    curve = curve + contrast * (curve * curve * (3.0 - 2.0 * curve) - curve)
    black = share * max(rng.normal(0.0, 0.05), 0.0)
    return np.clip(np.rint(255 * (black + (1.0 - black) * curve)), 0, 255).astype(np.uint8)
