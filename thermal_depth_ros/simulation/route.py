# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The line that the vehicle follows, as smooth as a vehicle can steer."""

import dataclasses

import cv2
import numpy as np

_STEP_M = 0.1


@dataclasses.dataclass(frozen=True, eq=False)
class Route:
    """Points along a line, about 0.1 m apart, with heading and curvature."""

    s: np.ndarray  # (n,) length so far, m
    xy: np.ndarray  # (n, 2)
    heading: np.ndarray  # (n,) rad, continuous
    curvature: np.ndarray  # (n,) 1/m, positive to the left

    @property
    def length_m(self) -> float:
        """Return the length of the line."""
        return float(self.s[-1])

    def pose(self, s: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return x, y and heading at a length; ends are continued straight on."""
        at = np.clip(s, 0.0, self.length_m)
        x, y = (np.interp(at, self.s, self.xy[:, axis]) for axis in (0, 1))
        heading = np.interp(at, self.s, self.heading)
        over = np.asarray(s) - at
        return x + over * np.cos(heading), y + over * np.sin(heading), heading

    def distance(self, x: float, y: float) -> float:
        """Return the distance of a point to the line, to a metre's fraction."""
        return float(np.sqrt(((self.xy[::4] - (x, y)) ** 2).sum(axis=1).min()))


def smooth_route(corners: np.ndarray, smoothing_m: float, offset_m: float = 0.0) -> Route:
    """Round the corners of a line.

    Args:
        corners: (n, 2) points joined by straight lines.
        smoothing_m: Deviation of the Gaussian that rounds corners; the smallest radius at a right
            angle is 1.6 times that.
        offset_m: Lateral offset to the right of the line.
    """
    line = _blurred(_resampled(corners), smoothing_m)
    if offset_m:
        heading = _heading(line)
        right = np.stack([np.sin(heading), -np.cos(heading)], axis=1)
        line = line + offset_m * right
    s = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    heading = _heading(line)
    return Route(s, line, heading, np.gradient(heading, s))


def _resampled(points: np.ndarray) -> np.ndarray:
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0.0, length[-1], _STEP_M)
    return np.stack([np.interp(at, length, points[:, axis]) for axis in (0, 1)], axis=1)


def _blurred(line: np.ndarray, deviation_m: float) -> np.ndarray:
    radius = int(4 * deviation_m / _STEP_M)
    kernel = cv2.getGaussianKernel(2 * radius + 1, deviation_m / _STEP_M, cv2.CV_64F).ravel()
    # The ends go straight on, so that they stay where they are.
    head = line[0] + (line[0] - line[1]) * np.arange(radius, 0, -1)[:, None]
    tail = line[-1] + (line[-1] - line[-2]) * np.arange(1, radius + 1)[:, None]
    padded = np.concatenate([head, line, tail])
    return np.stack([np.convolve(padded[:, axis], kernel, 'valid') for axis in (0, 1)], axis=1)


def _heading(line: np.ndarray) -> np.ndarray:
    step = np.gradient(line, axis=0)
    return np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
