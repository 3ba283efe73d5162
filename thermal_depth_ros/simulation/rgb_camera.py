# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The RGB camera: linear light to 8 bits, with exposure, noise and a soft lens."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from thermal_depth_ros.simulation.climate import Climate
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.seeds import stream

_STEPS = 4096
_TONE = np.clip(np.rint(255 * np.linspace(0, 1, _STEPS) ** (1 / 2.2)), 0, 255).astype(np.uint8)


@dataclasses.dataclass(frozen=True, eq=False)
class RgbSensor:
    """Exposure and noise of one drive; the camera does not change them on the way."""

    seed: int
    gain: tuple[float, float, float]  # of R, G, B
    read_noise: float  # deviation in the dark, of full scale
    shot_noise: float  # deviation at full scale
    blur: float  # pixels
    vignette: np.ndarray  # (H, W, 1)

    def read(self, channels: Sequence[np.ndarray], frame: int) -> np.ndarray:
        """Return the picture (H, W, 3) uint8 R, G, B of linear light."""
        light = cv2.GaussianBlur(cv2.merge(list(channels)), (0, 0), self.blur)
        light *= self.vignette * np.array(self.gain, np.float32)
        np.clip(light, 0.0, 1.5, out=light)
        rng = stream(self.seed, 'rgb noise', frame)
        deviation = np.sqrt(light * self.shot_noise**2 + np.float32(self.read_noise**2))
        light += deviation * rng.standard_normal(light.shape, np.float32)
        np.clip(light, 0.0, 1.0, out=light)
        return _TONE[(light * (_STEPS - 1)).astype(np.int16)]


def make_rgb_sensor(config: SimulationConfig, climate: Climate) -> RgbSensor:
    """Draw the camera of a drive, exposed for its climate."""
    rng = stream(config.seed, 'rgb sensor')
    v, u = np.mgrid[: config.rgb_height, : config.rgb_width]
    radius = np.hypot(u / config.rgb_width - 0.5, v / config.rgb_height - 0.5) / 0.71
    exposure = rng.uniform(0.8, 1.25) * (0.85 if not climate.night else 1.0)
    balance = rng.uniform(0.94, 1.06, 3) * exposure
    day = not climate.night
    return RgbSensor(
        seed=config.seed,
        gain=(float(balance[0]), float(balance[1]), float(balance[2])),
        read_noise=float(rng.uniform(0.001, 0.003) if day else rng.uniform(0.004, 0.012)),
        shot_noise=float(rng.uniform(0.008, 0.016) if day else rng.uniform(0.03, 0.06)),
        blur=float(rng.uniform(0.4, 0.6)),
        vignette=(1.0 - rng.uniform(0.05, 0.3) * radius**2).astype(np.float32)[..., None],
    )
