# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the depth of static points stays the same from frame to frame.

A point that true depth and true motion show in two consecutive frames has an error
r = log(predicted / true) in both; a constant scale and any error that stays cancel in the
difference. What remains is flicker.
"""

import dataclasses

import numpy as np

MOST_POINTS = 1 << 13  # of a frame
_SAME_POINT = 0.02  # largest relative difference of the depths of one static point
_FEWEST_POINTS = 50


@dataclasses.dataclass(frozen=True)
class TemporalStability:
    """Flicker over pairs of frames.

    Attributes:
        pairs: Number of pairs of frames.
        points: Number of static points seen in both frames of a pair.
        flicker: Mean of |change of r| over the points: 0.01 is about 1 % of the depth.
        scale_flicker: Root mean square of the median change of the pairs: of whole images.
    """

    pairs: int
    points: int
    flicker: float
    scale_flicker: float


@dataclasses.dataclass(frozen=True, eq=False)
class SeenDepth:
    """True and predicted depth (H, W) of a frame, m, and pose (4, 4) of its camera."""

    true_m: np.ndarray
    predicted_m: np.ndarray
    T_world_camera: np.ndarray


class StabilityAccumulator:
    """Collects pairs of frames."""

    def __init__(self) -> None:
        self._pairs = self._points = 0
        self._absolute = self._squared_medians = 0.0

    def add(self, previous: SeenDepth, current: SeenDepth, K: np.ndarray) -> None:
        """Add two consecutive frames of a camera with intrinsics K (3, 3) at the size of the maps.

        Pairs with hardly a static point in common are left out.
        """
        changes = error_changes(previous, current, K)
        if len(changes) < _FEWEST_POINTS:
            return
        self._pairs += 1
        self._points += len(changes)
        self._absolute += float(np.abs(changes).sum())
        self._squared_medians += float(np.median(changes)) ** 2

    def merge(self, other: 'StabilityAccumulator') -> None:
        """Add the pairs of another."""
        self._pairs += other._pairs
        self._points += other._points
        self._absolute += other._absolute
        self._squared_medians += other._squared_medians

    def result(self) -> TemporalStability | None:
        """Return the flicker; None without a pair."""
        if not self._pairs:
            return None
        return TemporalStability(
            pairs=self._pairs,
            points=self._points,
            flicker=self._absolute / self._points,
            scale_flicker=float(np.sqrt(self._squared_medians / self._pairs)),
        )


def error_changes(previous: SeenDepth, current: SeenDepth, K: np.ndarray) -> np.ndarray:
    """Return the change of log(predicted / true) (M,) of the static points seen in both frames.

    Points of the previous frame are moved by the true motion; a point is static and in view if the
    true depth of the pixel where it arrives is its own.
    """
    usable = np.flatnonzero(_usable(previous))
    if len(usable) > MOST_POINTS:
        usable = np.random.default_rng(0).permutation(usable)[:MOST_POINTS]
    height, width = previous.true_m.shape
    v, u = np.divmod(usable, width)
    depth_m = previous.true_m.ravel()[usable].astype(np.float64)
    rays = np.linalg.inv(K) @ np.stack([u, v, np.ones(len(u))])
    T = np.linalg.inv(current.T_world_camera) @ previous.T_world_camera
    points = T[:3, :3] @ (rays * depth_m) + T[:3, 3:]
    ahead = points[2] > 1e-6
    pixel = (K @ points[:, ahead]) / points[2, ahead]
    column, row = np.rint(pixel[0]), np.rint(pixel[1])
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    here = usable[ahead][inside]
    there = row[inside].astype(np.int64) * width + column[inside].astype(np.int64)
    arrives_m = points[2, ahead][inside]
    true_m = current.true_m.ravel()[there]
    with np.errstate(invalid='ignore'):
        same = _usable(current).ravel()[there]
        same &= np.abs(true_m - arrives_m) <= _SAME_POINT * arrives_m
    return _error(current, there[same]) - _error(previous, here[same])


def _usable(frame: SeenDepth) -> np.ndarray:
    both = np.isfinite(frame.true_m) & np.isfinite(frame.predicted_m)
    usable: np.ndarray = both & (frame.true_m > 0) & (frame.predicted_m > 0)
    return usable


def _error(frame: SeenDepth, pixels: np.ndarray) -> np.ndarray:
    predicted, true = (m.ravel()[pixels] for m in (frame.predicted_m, frame.true_m))
    error: np.ndarray = np.log(predicted.astype(np.float64)) - np.log(true.astype(np.float64))
    return error
