# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal camera: temperatures to 14-bit counts, with the faults of an uncooled sensor."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.simulation.config import SHUTTERS, SimulationConfig, choose
from thermal_depth_ros.simulation.seeds import stream
from thermal_depth_ros.thermal.radiometry import PlanckConstants, celsius_to_counts

MAXIMUM = 2**14 - 1
SHUTTER_S = 0.5  # how long the shutter stays closed
_CELSIUS = np.linspace(-90.0, 190.0, 5601)  # finer than the noise by far


@dataclasses.dataclass(frozen=True, eq=False)
class Sensor:
    """Individual properties of this sensor and the times of its shutter."""

    seed: int
    constants: PlanckConstants
    blur: float  # deviation of the optical blur, pixels
    noise: float  # temporal, counts
    fixed: np.ndarray  # (H, W) counts, remains of the factory's correction
    vignette: np.ndarray  # (H, W) counts, glow of the housing towards the corners
    drift: np.ndarray  # counts per s^0.5 and pixel pattern strength: (level, pattern)
    shutter: str  # 'frozen', 'flat' or 'none'
    closes_s: np.ndarray  # times at which the shutter closes
    curve: np.ndarray  # counts of _CELSIUS

    def closed_since(self, t: float) -> float | None:
        """Return since when the shutter is closed, or None where it is open."""
        before = self.closes_s[self.closes_s <= t + 1e-9]
        if len(before) and t < before[-1] + SHUTTER_S - 1e-9:
            return float(before[-1])
        return None

    def read(self, celsius: np.ndarray, t: float, frame: int) -> np.ndarray:
        """Return the counts (H, W) uint16 of a picture.

        Args:
            celsius: Apparent temperatures (H, W).
            t: Time, for the drift since the shutter last closed.
            frame: Number of the frame, for its noise.
        """
        soft = cv2.GaussianBlur(celsius, (0, 0), self.blur)
        return self._digitised(np.interp(soft, _CELSIUS, self.curve), t, frame)

    def read_shutter(self, t: float, frame: int) -> np.ndarray:
        """Return the counts (H, W) uint16 of the closed shutter, which is as warm as the camera."""
        level = float(np.interp(28.0, _CELSIUS, self.curve))
        return self._digitised(np.full(self.fixed.shape, level), t, frame)

    def _digitised(self, counts: np.ndarray, t: float, frame: int) -> np.ndarray:
        event = int((self.closes_s + SHUTTER_S <= t + 1e-9).sum())
        last = self.closes_s[event - 1] + SHUTTER_S if event else -4.0
        grown = np.sqrt(max(t - last, 0.0))
        level, pattern = self.drift * stream(self.seed, 'thermal drift', event).normal(0, 1, 2)
        rng = stream(self.seed, 'thermal noise', frame)
        noise = rng.standard_normal(counts.shape, np.float32) * self.noise
        stripes = rng.standard_normal(counts.shape[1], np.float32) * (0.25 * self.noise)
        fault = self.fixed * (1.0 + pattern * grown) + self.vignette * (1.0 + 0.02 * level * grown)
        total = counts + (fault + (noise + (stripes + level * grown)))
        return np.clip(np.rint(total), 0, MAXIMUM).astype(np.uint16)


def make_sensor(config: SimulationConfig) -> Sensor:
    """Draw the sensor of a drive."""
    rng = stream(config.seed, 'thermal sensor')
    height, width = config.thermal_height, config.thermal_width
    v, u = np.mgrid[:height, :width]
    radius = np.hypot((u / width - 0.5) * 1.25, v / height - 0.5) / 0.8
    columns, rows = rng.normal(0, 1.8, width), rng.normal(0, 0.8, (height, 1))
    constants = PlanckConstants()
    shutter = choose(rng, config.shutter, SHUTTERS)
    return Sensor(
        seed=config.seed,
        constants=constants,
        blur=float(rng.uniform(0.45, 0.75)),
        noise=float(rng.uniform(1.5, 3.5)),
        fixed=(rng.normal(0, 1.2, (height, width)) + columns + rows).astype(np.float32),
        vignette=(rng.uniform(-10.0, 28.0) * radius**2).astype(np.float32),
        drift=np.array([rng.uniform(1.0, 5.0), rng.uniform(0.02, 0.1)]),
        shutter=shutter,
        closes_s=_closings(config, rng) if shutter != 'none' else np.zeros(0),
        curve=celsius_to_counts(_CELSIUS, constants),
    )


def _closings(config: SimulationConfig, rng: np.random.Generator) -> np.ndarray:
    period = config.shutter_period_s
    gaps = rng.uniform(0.6, 1.4, int(2 * config.duration_s / period) + 3) * period
    times = np.cumsum(gaps) - gaps[0] * rng.uniform(0.0, 0.9)
    return times[times < config.duration_s]
