# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Relative errors of odometry as the KITTI benchmark defines them (Geiger et al. 2012).

From every tenth pose on, segments of 100, 200 ... 800 m end at the first pose beyond their length.
The error of a segment is the motion inv(estimated) true, its translation in percent and its angle
in degrees per metre of the nominal length. The figures of the benchmark are means over all
segments of all lengths.
"""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.trajectory import travelled_m

LENGTHS_M = (100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0)
_STEP = 10  # poses between the starts of segments


@dataclasses.dataclass(frozen=True)
class KittiErrors:
    """Mean errors over segments.

    Attributes:
        length_m: Length of the segments; None for all lengths together.
        segments: Number of segments.
        translation_percent: Error of the translation.
        scaled_translation_percent: That with one scale for each trajectory.
        rotation_deg_per_m: Error of the rotation.
    """

    length_m: float | None
    segments: int
    translation_percent: float
    scaled_translation_percent: float
    rotation_deg_per_m: float


class KittiAccumulator:
    """Collects the errors of segments."""

    def __init__(self) -> None:
        # segments, then sums of translation, scaled translation (shares) and degrees per metre
        self._sums = np.zeros((len(LENGTHS_M), 4))

    def add(self, true: np.ndarray, estimate: np.ndarray, scale: float) -> None:
        """Add true and estimated poses (N, 4, 4) of a trajectory.

        Args:
            true: True poses.
            estimate: Estimated poses at the same times, in any world.
            scale: Factor of the estimated translations for the scaled figures.
        """
        way = travelled_m(true)
        for start in range(0, len(true), _STEP):
            ends = np.searchsorted(way, way[start] + np.array(LENGTHS_M), side='right')
            for row, (end, length_m) in enumerate(zip(ends, LENGTHS_M, strict=True)):
                if end < len(true):
                    errors = _segment(true[[start, end]], estimate[[start, end]], scale)
                    self._sums[row] += [1.0, *(error / length_m for error in errors)]

    def merge(self, other: 'KittiAccumulator') -> None:
        """Add the segments of another."""
        self._sums += other._sums

    def result(self) -> tuple[KittiErrors, ...]:
        """Return the errors by length, then those of all; empty without a segment."""
        rows: list[tuple[float | None, np.ndarray]] = [
            (length, sums) for length, sums in zip(LENGTHS_M, self._sums, strict=True) if sums[0]
        ]
        if rows:
            rows.append((None, self._sums.sum(0)))
        return tuple(_mean(length, sums) for length, sums in rows)


def _mean(length_m: float | None, sums: np.ndarray) -> KittiErrors:
    translation, scaled, rotation = (float(value / sums[0]) for value in sums[1:])
    return KittiErrors(length_m, int(sums[0]), 100 * translation, 100 * scaled, rotation)


def _segment(true: np.ndarray, estimate: np.ndarray, scale: float) -> tuple[float, float, float]:
    """Return translation, scaled translation (m) and angle (deg) of the error of a segment."""
    wanted, found = rigid.invert(true[0]) @ true[1], rigid.invert(estimate[0]) @ estimate[1]
    turn = rigid.rotation_vector(found[:3, :3].T @ wanted[:3, :3])
    return (
        float(np.linalg.norm(wanted[:3, 3] - found[:3, 3])),
        float(np.linalg.norm(wanted[:3, 3] - scale * found[:3, 3])),
        float(np.degrees(np.linalg.norm(turn))),
    )
