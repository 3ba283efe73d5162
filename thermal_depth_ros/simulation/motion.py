# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Motion of the vehicle: place, attitude and twist of its base at any time of the drive."""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.simulation import speed
from thermal_depth_ros.simulation.parts import pitch_matrix, roll_matrix, yaw_matrix
from thermal_depth_ros.simulation.route import Route

_WAVES = 6
_DIFFERENCE_S = 1e-3


@dataclasses.dataclass(frozen=True, eq=False)
class Shake:
    """Small quick motions: sums of sines, in proportion to the speed."""

    amplitude: np.ndarray  # (4, waves) of roll, pitch, yaw in rad and heave in m
    frequency: np.ndarray  # (4, waves) Hz
    phase: np.ndarray

    def at(self, t: float) -> np.ndarray:
        """Return roll, pitch, yaw and heave at full speed."""
        waves = np.sin(2 * np.pi * self.frequency * t + self.phase)
        return (self.amplitude * waves).sum(axis=1)


def draw_shake(rng: np.random.Generator, strength: float) -> Shake:
    """Draw the shaking of a vehicle; strength 1 is a car on a fair road."""
    size = strength * np.array([0.004, 0.005, 0.0025, 0.008])
    frequency = rng.uniform(0.4, 4.0, (4, _WAVES))
    amplitude = size[:, None] * rng.rayleigh(0.5, (4, _WAVES)) / np.sqrt(frequency)
    return Shake(amplitude, frequency, rng.uniform(0, 2 * np.pi, (4, _WAVES)))


@dataclasses.dataclass(frozen=True, eq=False)
class Motion:
    """A drive along a route. The base is on the ground below the rear axle."""

    route: Route
    s: np.ndarray  # (n,) length driven at speed.RATE_HZ
    v: np.ndarray  # (n,) m/s
    shake: Shake
    suspension: float  # rad of pitch and roll per m/s^2

    def length(self, t: float) -> float:
        """Return the length driven at a time, m."""
        return float(np.interp(t * speed.RATE_HZ, np.arange(len(self.s)), self.s))

    def speed(self, t: float) -> float:
        """Return the speed along the route, m/s."""
        return float(np.interp(t * speed.RATE_HZ, np.arange(len(self.v)), self.v))

    def pose(self, t: float) -> np.ndarray:
        """Return T_world_base (4, 4) at a time."""
        s, v = self.length(t), self.speed(t)
        x, y, heading = self.route.pose(s)
        bend = np.interp(s, self.route.s, self.route.curvature)
        push = (self.speed(t + 0.1) - self.speed(t - 0.1)) / 0.2
        roll, pitch, yaw, heave = self.shake.at(t) * v / (v + 2.0)
        pitch -= self.suspension * push  # positive pitch is nose down
        roll += self.suspension * bend * v * v
        T = np.eye(4)
        T[:3, :3] = yaw_matrix(heading + yaw) @ pitch_matrix(pitch) @ roll_matrix(roll)
        T[:3, 3] = x, y, heave
        return T

    def twist(self, t: float) -> np.ndarray:
        """Return the twist (6,) of the base in its own frame, m/s and rad/s."""
        before, after = self.pose(t - _DIFFERENCE_S), self.pose(t + _DIFFERENCE_S)
        return rigid.logarithm(rigid.invert(before) @ after) / (2 * _DIFFERENCE_S)

    def start(self) -> np.ndarray:
        """Return T_world_odom: where the drive began, level."""
        x, y, heading = self.route.pose(self.length(0.0))
        T = np.eye(4)
        T[:3, :3] = yaw_matrix(float(heading))
        T[:3, 3] = x, y, 0.0
        return T
