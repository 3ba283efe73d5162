# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Wheel odometry: the true planar motion, with the errors that wheels and gyroscopes have."""

import dataclasses

import numpy as np

from thermal_depth_ros.simulation.motion import Motion

SCALE_DEVIATION = 0.01  # wheel radius, constant over a drive
SPEED_DEVIATION = 0.01  # m/s per sqrt(Hz), while the wheels turn
YAW_RATE_DEVIATION = 0.002  # rad/s per sqrt(Hz), while the wheels turn
YAW_BIAS_DEVIATION = 0.0008  # rad/s, constant over a drive, while the wheels turn
_STANDING = 1e-6  # m/s


@dataclasses.dataclass(frozen=True, eq=False)
class WheelTrack:
    """Samples of the wheel odometry."""

    times: np.ndarray  # (n,) s
    xy: np.ndarray  # (n, 2) in odom, m
    yaw: np.ndarray  # (n,) rad
    speed: np.ndarray  # (n,) m/s
    yaw_rate: np.ndarray  # (n,) rad/s
    variance: np.ndarray  # (n, 3) of along, across and yaw, as it grows
    twist_variance: tuple[float, float]  # of speed and yaw rate in one sample


def wheel_track(motion: Motion, times: np.ndarray, rng: np.random.Generator) -> WheelTrack:
    """Measure a drive.

    Errors: a scale factor of deviation SCALE_DEVIATION; white noise of the speed and the yaw rate
    of the densities above; a constant bias of the yaw rate. Standing wheels measure zero exactly.
    """
    true_yaw = np.array([_yaw(motion, t) for t in times])
    true_speed = np.diff([motion.length(t) for t in times]) / np.diff(times)
    true_rate = np.diff(np.unwrap(true_yaw)) / np.diff(times)
    step = np.diff(times)
    rolling = true_speed > _STANDING
    scale = 1.0 + rng.normal(0.0, SCALE_DEVIATION)
    bias = rng.normal(0.0, YAW_BIAS_DEVIATION)
    noise = rng.standard_normal((2, len(step))) / np.sqrt(step)
    speed = np.where(rolling, true_speed * scale + SPEED_DEVIATION * noise[0], 0.0)
    rate = np.where(rolling, true_rate + bias + YAW_RATE_DEVIATION * noise[1], 0.0)
    yaw = np.concatenate([[0.0], np.cumsum(rate * step)])
    middle = 0.5 * (yaw[1:] + yaw[:-1])
    leap = (speed * step)[:, None] * np.stack([np.cos(middle), np.sin(middle)], axis=1)
    xy = np.concatenate([np.zeros((1, 2)), np.cumsum(leap, axis=0)])
    period = float(np.median(step))
    return WheelTrack(
        times=times,
        xy=xy,
        yaw=yaw,
        speed=np.concatenate([[0.0], speed]),
        yaw_rate=np.concatenate([[0.0], rate]),
        variance=_variance(true_speed, step, rolling),
        twist_variance=(SPEED_DEVIATION**2 / period + 1e-6, YAW_RATE_DEVIATION**2 / period + 1e-6),
    )


def _variance(speed: np.ndarray, step: np.ndarray, rolling: np.ndarray) -> np.ndarray:
    """Variance (n, 3) of along, across and yaw; along and across are bounds for any path."""
    time = np.concatenate([[0.0], np.cumsum(step * rolling)])
    way = np.concatenate([[0.0], np.cumsum(step * speed)])
    yaw = YAW_RATE_DEVIATION**2 * time + (YAW_BIAS_DEVIATION * time) ** 2
    along = (SCALE_DEVIATION * way) ** 2 + SPEED_DEVIATION**2 * time
    across = along + way**2 * yaw
    return np.stack([across, across, yaw], axis=1) + 1e-6


def _yaw(motion: Motion, t: float) -> float:
    T = motion.pose(t)
    return float(np.arctan2(T[1, 0], T[0, 0]))
