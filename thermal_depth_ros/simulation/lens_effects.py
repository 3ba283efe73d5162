# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What lies between the world and the sensor: dirt, the sun in the lens, rain, compression."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.simulation.seeds import stream

_SUN_COLOUR = np.array([1.0, 0.93, 0.8], np.float32)
_DROPS_STAY_S = 10  # frames for which the drops on a window stay


@dataclasses.dataclass(frozen=True, eq=False)
class Dirt:
    """Smears and specks on the lens or the window in front of it."""

    veil: np.ndarray  # (H, W, 1) share of the light that is scattered
    blocked: np.ndarray  # (H, W, 1) share of the light that passes

    def over(self, light: np.ndarray) -> np.ndarray:
        """Return linear light (H, W, 3) as it arrives through the dirt."""
        scattered = cv2.resize(light, (8, 8), interpolation=cv2.INTER_AREA)
        scattered = cv2.resize(scattered, light.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return (light + self.veil * (scattered - light)) * self.blocked


def draw_dirt(rng: np.random.Generator, size: tuple[int, int]) -> Dirt:
    """Draw the dirt of a lens for images of a size (height, width)."""
    height, width = size
    veil, dark = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for canvas, count, reach, most in ((veil, 8, 0.12, 0.55), (dark, 5, 0.035, 0.8)):
        for _ in range(int(rng.integers(1, count))):
            blob: np.ndarray = np.zeros(size, np.float32)
            middle = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
            axes = rng.uniform(0.2, 1.0, 2) * reach * width
            half = (max(int(axes[0]), 1), max(int(axes[1]), 1))
            cv2.ellipse(blob, middle, half, rng.uniform(0, 180), 0, 360, 1.0, -1)
            blob = cv2.GaussianBlur(blob, (0, 0), max(0.5 * float(axes.min()), 1.0))
            np.maximum(canvas, blob * np.float32(rng.uniform(0.2, most)), out=canvas)
    return Dirt(veil[..., None], (1.0 - dark)[..., None])


@dataclasses.dataclass(frozen=True)
class Flare:
    """Glare around the sun, and ghosts on the line through the middle of the image."""

    strength: float
    reach: float  # of the glare, image widths
    ghosts: tuple[tuple[float, float, float], ...]  # place on the line, radius, strength

    def of(self, sun_px: tuple[float, float], size: tuple[int, int]) -> np.ndarray:
        """Return the light (H, W, 3) that a sun at a place adds to an image of a size."""
        height, width = size
        v, u = np.ogrid[:height, :width]
        square = ((u - sun_px[0]) ** 2 + (v - sun_px[1]) ** 2) / (self.reach * width) ** 2
        light = (self.strength / (1.0 + square) ** 1.5).astype(np.float32)
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        toward = middle - np.array(sun_px)
        for place, radius, strength in self.ghosts:
            x, y = np.array(sun_px) + place * toward
            away = np.hypot(u - x, v - y) / (radius * width)
            light += np.float32(strength) * np.clip(4.0 * (1.0 - away), 0.0, 1.0).astype(np.float32)
        return light[..., None] * _SUN_COLOUR


def draw_flare(rng: np.random.Generator) -> Flare:
    """Draw how a lens answers to the sun."""
    ghosts = tuple(
        (float(rng.uniform(0.4, 2.2)), float(rng.uniform(0.01, 0.05)), float(rng.uniform(0, 0.12)))
        for _ in range(int(rng.integers(0, 5)))
    )
    return Flare(float(rng.uniform(0.3, 1.2)), float(rng.uniform(0.05, 0.25)), ghosts)


def with_rain(light: np.ndarray, heavy: float, seed: int, frame: int) -> np.ndarray:
    """Return light with falling streaks, and drops on the window that blur what is behind.

    Args:
        light: (H, W, C) or (H, W) float32.
        heavy: 0 none to 1 heavy.
        seed: Seed of the drive.
        frame: Number of the frame; drops stay for some frames.
    """
    height, width = light.shape[:2]
    rng = stream(seed, 'drops', frame // _DROPS_STAY_S)
    mask = np.zeros((height, width), np.float32)
    for _ in range(int(rng.poisson(heavy * 14))):
        middle = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        radius = max(1, int(width * rng.uniform(0.004, 0.02)))
        half = (radius, max(1, int(radius * rng.uniform(1.0, 1.6))))
        cv2.ellipse(mask, middle, half, 0, 0, 360, 1.0, -1)
    soft = cv2.GaussianBlur(light, (0, 0), 0.02 * width)
    cover = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.8), np.float32)
    rng = stream(seed, 'streaks', frame)
    drops = (rng.random((height, width)) > 1.0 - 0.0015 * heavy).astype(np.float32)
    streaks = cv2.blur(drops, (1, max(3, height // 12))) * (2.0 + 2.0 * heavy)
    if light.ndim == 3:
        cover, streaks = cover[..., None], streaks[..., None]
    return light + 0.85 * cover * (soft - light) + streaks * np.maximum(soft.mean() - light, 0.0)


def compressed(image: np.ndarray, quality: int) -> np.ndarray:
    """Return an RGB image after compression as JPEG; quality 0 leaves it alone."""
    if quality <= 0:
        return image
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, data = cv2.imencode('.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
