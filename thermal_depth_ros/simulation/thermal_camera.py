# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The thermal camera: temperatures to 14-bit counts, with the faults of an uncooled sensor."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.simulation.config import SHUTTERS, SimulationConfig, choose
from thermal_depth_ros.simulation.lens_effects import with_rain
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
    residue: np.ndarray  # (H, W) counts, cloudy remains of the last correction, new after each
    jumps: np.ndarray  # (n, 3) of time in s, offset in counts and gain from then on
    dead: np.ndarray  # (m, 2) rows and columns of pixels that show a neighbour's value
    dead_rows: np.ndarray  # rows that show one value
    rain: float  # see Climate

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
        if self.rain > 0:
            celsius = with_rain(np.asarray(celsius, np.float32), self.rain, self.seed + 1, frame)
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
        fault = fault + self.residue * (1.0 + 0.3 * pattern) * (-1.0) ** event
        gain, offset = self._jumped(t)
        total = gain * (counts - self.curve[0]) + (self.curve[0] + offset)
        total = total + (fault + (noise + (stripes + level * grown)))
        if len(self.dead):
            total[self.dead[:, 0], self.dead[:, 1]] = total[self.dead[:, 0], self.dead[:, 1] - 1]
        if len(self.dead_rows):
            total[self.dead_rows] = total.mean()
        return np.clip(np.rint(total), 0, MAXIMUM).astype(np.uint16)

    def _jumped(self, t: float) -> tuple[float, float]:
        before = self.jumps[self.jumps[:, 0] <= t + 1e-9]
        return (float(before[-1, 2]), float(before[-1, 1])) if len(before) else (1.0, 0.0)


def make_sensor(config: SimulationConfig, rain: float = 0.0) -> Sensor:
    """Draw the sensor of a drive.

    Args:
        config: Sizes, shutter, and how far sensors differ.
        rain: How hard it rains, 0 to 1.
    """
    rng = stream(config.seed, 'thermal sensor')
    height, width = config.thermal_height, config.thermal_width
    v, u = np.mgrid[:height, :width]
    radius = np.hypot((u / width - 0.5) * 1.25, v / height - 0.5) / 0.8
    columns, rows = rng.normal(0, 1.8, width), rng.normal(0, 0.8, (height, 1))
    constants = PlanckConstants()
    curve = celsius_to_counts(_CELSIUS, constants)
    wide, share = stream(config.seed, 'thermal sensor variation'), config.randomise
    worse = float(2.0 ** (share * wide.normal(0.6, 0.9)))
    glow = float(rng.uniform(-10.0, 28.0)) + share * float(wide.uniform(-40.0, 60.0))
    shutter = choose(rng, config.shutter, SHUTTERS)
    return Sensor(
        seed=config.seed,
        constants=constants,
        blur=float(rng.uniform(0.45, 0.75)) + share * abs(float(wide.normal(0.0, 0.7))),
        noise=float(rng.uniform(1.5, 3.5)) * float(2.0 ** (share * wide.normal(0.4, 0.8))),
        fixed=(worse * (rng.normal(0, 1.2, (height, width)) + columns + rows)).astype(np.float32),
        vignette=(glow * radius**2).astype(np.float32),
        drift=np.array([rng.uniform(1.0, 5.0), rng.uniform(0.02, 0.1)]),
        shutter=shutter,
        closes_s=_closings(config, rng) if shutter != 'none' else np.zeros(0),
        curve=curve[0] + config.camera_gain * (curve - curve[0]),
        residue=_residue(wide, (height, width), share),
        jumps=_jumps(config.duration_s, wide, share),
        dead=_dead(wide, (height, width), share),
        dead_rows=wide.integers(0, height, int(wide.random() < 0.25 * share)),
        rain=rain,
    )


def _residue(rng: np.random.Generator, size: tuple[int, int], share: float) -> np.ndarray:
    """Draw smooth spots, some counts strong."""
    coarse = rng.normal(0.0, 1.0, (5, 7)).astype(np.float32)
    smooth = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    return smooth * np.float32(share * rng.uniform(0.0, 14.0))


def _jumps(duration_s: float, rng: np.random.Generator, share: float) -> np.ndarray:
    """Draw when the camera changes gain and level by itself, about every 20 s."""
    count = int(rng.poisson(duration_s / 20.0)) if share > 0 else 0
    times = np.sort(rng.uniform(0.0, duration_s, count))
    offset = share * rng.normal(0.0, 25.0, count)
    return np.stack([times, offset, 1.0 + share * rng.normal(0.0, 0.02, count)], axis=1)


def _dead(rng: np.random.Generator, size: tuple[int, int], share: float) -> np.ndarray:
    """Draw pixels that were replaced by their left neighbours."""
    count = int(share * rng.uniform(0.0, 0.0008) * size[0] * size[1])
    return rng.integers((0, 1), size, (count, 2))


def _closings(config: SimulationConfig, rng: np.random.Generator) -> np.ndarray:
    period = config.shutter_period_s
    gaps = rng.uniform(0.6, 1.4, int(2 * config.duration_s / period) + 3) * period
    times = np.cumsum(gaps) - gaps[0] * rng.uniform(0.0, 0.9)
    return times[times < config.duration_s]
