# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drift of odometry over segments of fixed length."""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid

LENGTHS_M = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0, 800.0)
_MOST_STARTS = 200  # segments of one drive, spread evenly


@dataclasses.dataclass(frozen=True)
class DriftBin:
    """Mean error over all segments of one length, each relative to its start."""

    length_m: float
    segments: int
    metric_percent: float  # translation error of the unscaled estimate
    scaled_percent: float  # with one scale for the whole drive
    rotation_deg_per_m: float


class DriftAccumulator:
    """Accumulates the drift of uninterrupted drives."""

    def __init__(self) -> None:
        # segments, then sums of metric share, scaled share, degrees per metre
        self._sums = np.zeros((len(LENGTHS_M), 4))

    def add(self, gt: np.ndarray, predicted: np.ndarray) -> float:
        """Add the true and estimated camera poses (N, 4, 4) of one drive.

        Returns:
            The scale that best fits the estimated path to the true one; 1 is metric.
        """
        scale = path_scale(gt, predicted)
        steps = np.linalg.norm(np.diff(gt[:, :3, 3], axis=0), axis=1)
        travelled = np.concatenate([[0.0], np.cumsum(steps)])
        for start in range(0, len(gt), max(len(gt) // _MOST_STARTS, 1)):
            ends = np.searchsorted(travelled, travelled[start] + np.array(LENGTHS_M))
            for row, end in enumerate(ends):
                if end < len(gt):
                    length = travelled[end] - travelled[start]
                    errors = _errors(gt[[start, end]], predicted[[start, end]], scale)
                    self._sums[row] += [1.0, *(error / length for error in errors)]
        return scale

    def merge(self, other: 'DriftAccumulator') -> None:
        """Add the segments of another."""
        self._sums += other._sums

    def result(self) -> tuple[DriftBin, ...]:
        """Return the drift at each length that some drive reaches."""
        bins = []
        for length, (segments, *sums) in zip(LENGTHS_M, self._sums, strict=True):
            if segments:
                metric, scaled, degrees = (float(value / segments) for value in sums)
                bins.append(DriftBin(length, int(segments), 100 * metric, 100 * scaled, degrees))
        return tuple(bins)


def path_scale(gt: np.ndarray, predicted: np.ndarray) -> float:
    """Return the factor that fits predicted to true positions (N, 4, 4), both from their start."""
    g = (rigid.invert(gt[0]) @ gt)[:, :3, 3]
    p = (rigid.invert(predicted[0]) @ predicted)[:, :3, 3]
    power = float((p * p).sum())
    return float((g * p).sum()) / power if power > 0 else 0.0


def _errors(gt: np.ndarray, predicted: np.ndarray, scale: float) -> tuple[float, float, float]:
    """Return metric and scaled error in metres and the turn in degrees over one segment."""
    true = rigid.invert(gt[0]) @ gt[1]
    estimated = rigid.invert(predicted[0]) @ predicted[1]
    metric = float(np.linalg.norm(true[:3, 3] - estimated[:3, 3]))
    scaled = float(np.linalg.norm(true[:3, 3] - scale * estimated[:3, 3]))
    turn = rigid.rotation_vector(true[:3, :3].T @ estimated[:3, :3])
    return metric, scaled, float(np.degrees(np.linalg.norm(turn)))
