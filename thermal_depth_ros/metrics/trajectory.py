# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of whole trajectories after alignment, and how the scale of an estimate drifts."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.alignment import Alignment, align, apply

WINDOW_M = 10.0  # true length over which the local scale is measured
_FEWEST_POSES = 3
UP_Z = (0.0, 0.0, 1.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Path3d:
    """True and estimated poses (N, 4, 4) of one body at the same stamps, each in its world.

    Attributes:
        name: Name of the recording.
        stamps_ns: (N,) int64.
        true: True poses.
        estimate: Estimated poses.
        up: Vertical of both worlds.
    """

    name: str
    stamps_ns: np.ndarray
    true: np.ndarray
    estimate: np.ndarray
    up: tuple[float, float, float] = UP_Z


@dataclasses.dataclass(frozen=True)
class AbsoluteErrors:
    """Absolute errors of all poses after aligning every trajectory: ATE in m, rotation in deg."""

    rmse_m: float
    mean_m: float
    median_m: float
    std_m: float
    max_m: float
    rotation_mean_deg: float
    rotation_rmse_deg: float


@dataclasses.dataclass(frozen=True)
class ScaleDrift:
    """Local scale (true length over estimated length) of windows of WINDOW_M.

    Attributes:
        windows: Number of windows.
        median: Median of the local scale; 1 is metric.
        spread: Standard deviation of its logarithm: 0.1 is about 10 %.
        percent_per_100m: Mean growth over 100 m of each trajectory, by regression of the logarithm.
    """

    windows: int
    median: float
    spread: float
    percent_per_100m: float | None


@dataclasses.dataclass(frozen=True)
class TrajectoryEvaluation:
    """Errors of whole trajectories.

    Attributes:
        trajectories: Number of trajectories.
        poses: Number of their poses.
        path_m: Their true length.
        se3: Errors after alignment by rotation and translation.
        sim3: And by scale.
        yaw: After rotation about the vertical and translation.
        scale: Median of the scales of the Sim(3) alignment; 1 is metric.
        scale_drift: Drift of the scale; None if no trajectory has two windows.
    """

    trajectories: int
    poses: int
    path_m: float
    se3: AbsoluteErrors
    sim3: AbsoluteErrors
    yaw: AbsoluteErrors
    scale: float
    scale_drift: ScaleDrift | None


class TrajectoryAccumulator:
    """Collects whole trajectories."""

    def __init__(self) -> None:
        self.paths: list[Path3d] = []

    def add(self, path: Path3d) -> None:
        """Add a trajectory; one with fewer than three poses is left out."""
        if len(path.true) >= _FEWEST_POSES:
            self.paths.append(path)

    def merge(self, other: 'TrajectoryAccumulator') -> None:
        """Add the trajectories of another."""
        self.paths += other.paths

    def result(self) -> TrajectoryEvaluation | None:
        """Return the errors of all poses; None without a trajectory."""
        if not self.paths:
            return None
        errors: dict[Alignment, list[tuple[np.ndarray, np.ndarray]]] = {a: [] for a in Alignment}
        scales = []
        for path in self.paths:
            for how, found in errors.items():
                scale, T = align(
                    path.true[:, :3, 3], path.estimate[:, :3, 3], how, np.array(path.up)
                )
                found.append(absolute_errors(path.true, apply(scale, T, path.estimate)))
                if how is Alignment.SIM3:
                    scales.append(scale)
        pooled = {
            how.value: _absolute(*map(np.concatenate, zip(*found, strict=True)))
            for how, found in errors.items()
        }
        return TrajectoryEvaluation(
            trajectories=len(self.paths),
            poses=sum(len(path.true) for path in self.paths),
            path_m=float(sum(travelled_m(path.true)[-1] for path in self.paths)),
            scale=float(np.median(scales)),
            scale_drift=scale_drift([local_scales(p.true, p.estimate) for p in self.paths]),
            **pooled,
        )


def absolute_errors(true: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance (N,) in m and the angle (N,) in degrees between poses (N, 4, 4)."""
    distance = np.linalg.norm(true[:, :3, 3] - estimate[:, :3, 3], axis=1)
    turns = np.swapaxes(true[:, :3, :3], 1, 2) @ estimate[:, :3, :3]
    angles = [np.linalg.norm(rigid.rotation_vector(turn)) for turn in turns]
    return distance, np.degrees(np.array(angles))


def travelled_m(poses: np.ndarray) -> np.ndarray:
    """Return the length of the path up to each pose (N,) m."""
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def local_scales(true: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """Return place (m from the start) and local scale of consecutive windows, (W, 2).

    A window is as long as WINDOW_M of the true path; those in which the estimate stands still have
    no scale.
    """
    way, estimated = travelled_m(true), travelled_m(estimate)
    ends = np.searchsorted(way, np.arange(0.0, way[-1], WINDOW_M))
    rows = [
        ((way[a] + way[b]) / 2, (way[b] - way[a]) / (estimated[b] - estimated[a]))
        for a, b in zip(ends, ends[1:], strict=False)
        if estimated[b] > estimated[a] and way[b] > way[a]
    ]
    return np.array(rows).reshape(-1, 2)


def scale_drift(windows: Sequence[np.ndarray]) -> ScaleDrift | None:
    """Return the drift of the local scales (W, 2) of several trajectories; None without two."""
    several = [rows for rows in windows if len(rows) > 1]
    if not several:
        return None
    log = np.log(np.concatenate([rows[:, 1] for rows in several]))
    # Slopes within the trajectories: each has its own scale at the start.
    place = np.concatenate([rows[:, 0] - rows[:, 0].mean() for rows in several])
    own = np.concatenate([np.log(rows[:, 1]) - np.log(rows[:, 1]).mean() for rows in several])
    power = float((place**2).sum())
    slope = float((place * own).sum()) / power if power > 0 else None
    return ScaleDrift(
        windows=len(log),
        median=float(np.exp(np.median(log))),
        spread=float(log.std()),
        percent_per_100m=None if slope is None else 100.0 * float(np.expm1(100.0 * slope)),
    )


def _absolute(distance_m: np.ndarray, angle_deg: np.ndarray) -> AbsoluteErrors:
    return AbsoluteErrors(
        rmse_m=float(np.sqrt(np.mean(distance_m**2))),
        mean_m=float(distance_m.mean()),
        median_m=float(np.median(distance_m)),
        std_m=float(distance_m.std()),
        max_m=float(distance_m.max()),
        rotation_mean_deg=float(angle_deg.mean()),
        rotation_rmse_deg=float(np.sqrt(np.mean(angle_deg**2))),
    )
