# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the odometry of a recording with true poses, in uninterrupted drives."""

from collections.abc import Callable, Sequence

import numpy as np

from thermal_depth_ros.evaluation.recorded_run import LOST_VARIANCE
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.odometry import OdometrySample
from thermal_depth_ros.metrics.alignment import Alignment, align
from thermal_depth_ros.metrics.camera import CameraAccumulator, DriveTrack
from thermal_depth_ros.metrics.frame_rows import MOTION
from thermal_depth_ros.metrics.pose import turning_rad
from thermal_depth_ros.metrics.trajectory import UP_Z, Path3d

MAX_GAP_S = 2.0  # a longer gap ends a drive


class DriveComparison:
    """Collects estimated and true poses of one camera; scores them at the end."""

    def __init__(
        self,
        name: str,
        truth: PoseTruth,
        T_truth_camera: np.ndarray,
        T_child_camera: Callable[[str], np.ndarray],
        min_turn_rad: float = 0.0,
        up: tuple[float, float, float] = UP_Z,
    ) -> None:
        """Begin a recording.

        Args:
            name: Name of the recording, for pictures.
            truth: True poses of some frame.
            T_truth_camera: Pose of the camera in that frame.
            T_child_camera: Pose of the camera in the frame that the odometry moves.
            min_turn_rad: Drives whose heading varies less are skipped and counted.
            up: Vertical of the worlds of truth and estimate.
        """
        self._name, self._truth = name, truth
        self._T_truth_camera, self._T_child_camera = T_truth_camera, T_child_camera
        self._min_turn_rad, self._up = min_turn_rad, up
        self._drives: list[list[tuple[int, np.ndarray, np.ndarray]]] = [[]]
        # True and estimated pose of what the odometry moves, and its covariance.
        self._states: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._last_ns: int | None = None
        self._seen = self._lost = self._unknown = self._gaps = 0

    def add(self, stamp_ns: int, sample: OdometrySample) -> None:
        """Add the estimate at a frame. A lost one, or one without ground truth, ends the drive."""
        lost = bool(sample.pose_covariance.diagonal().max() >= LOST_VARIANCE)
        T_child_camera = self._T_child_camera(sample.child_frame_id)
        true = self._truth.at(stamp_ns)
        if true is not None and not lost:
            T_world_child = true @ self._T_truth_camera @ rigid.invert(T_child_camera)
            self._states.append((T_world_child, sample.T_frame_child, sample.pose_covariance))
        self.add_pose(stamp_ns, None if lost else sample.T_frame_child @ T_child_camera)

    def add_pose(self, stamp_ns: int, T_odom_camera: np.ndarray | None) -> None:
        """Add the estimated pose (4, 4) of the camera at a frame; None if it was lost."""
        self._seen += 1
        gap = self._last_ns is not None and not (0 < stamp_ns - self._last_ns <= MAX_GAP_S * 1e9)
        self._last_ns = stamp_ns
        true = self._truth.at(stamp_ns)
        self._lost += T_odom_camera is None
        self._unknown += true is None
        self._gaps += gap
        if (T_odom_camera is None or gap or true is None) and self._drives[-1]:
            self._drives.append([])
        if true is not None and T_odom_camera is not None:
            self._drives[-1].append((stamp_ns, true @ self._T_truth_camera, T_odom_camera))

    def finish(self, scores: CameraAccumulator) -> None:
        """Score every drive, and the whole trajectory across lost frames and gaps."""
        scores.lost_frames += self._lost
        scores.gaps += self._gaps
        scores.without_truth['pose'] += self._unknown
        scores.compared['pose'] += self._seen - self._unknown
        for drive in self._drives:
            if drive:
                stamps_ns, *poses = zip(*drive, strict=True)
                self._score(scores, stamps_ns, *map(np.stack, poses))
        if self._states:
            scores.consistency.add(*map(np.stack, zip(*self._states, strict=True)))
        if whole := [entry for drive in self._drives for entry in drive]:
            self._score_whole(scores, whole)

    def _score_whole(
        self, scores: CameraAccumulator, poses: Sequence[tuple[int, np.ndarray, np.ndarray]]
    ) -> None:
        stamps_ns, true, estimate = (np.array(column) for column in zip(*poses, strict=True))
        if turning_rad(true)[1] < self._min_turn_rad:
            return
        scores.trajectory.add(Path3d(self._name, stamps_ns, true, estimate, self._up))
        up = np.array(self._up)
        scale, _ = align(true[:, :3, 3], estimate[:, :3, 3], Alignment.SIM3, up)
        scores.kitti.add(true, estimate, scale)

    def _score(
        self,
        scores: CameraAccumulator,
        stamps_ns: Sequence[int],
        true: np.ndarray,
        estimate: np.ndarray,
    ) -> None:
        turned = turning_rad(true)[1]
        if turned < self._min_turn_rad:
            scores.straight_drives += 1
            return
        motions = [rigid.invert(b) @ a for a, b in zip(estimate, estimate[1:], strict=False)]
        errors = scores.pose.add(true, np.array(motions).reshape(-1, 4, 4))
        if errors is None:
            return
        for stamp_ns, row in zip(stamps_ns, errors, strict=False):
            scores.frame_rows[MOTION].add(stamp_ns, row)
        scale = scores.drift.add(true, estimate)
        truth_m = (rigid.invert(true[0]) @ true)[:, :3, 3]
        estimate_m = scale * (rigid.invert(estimate[0]) @ estimate)[:, :3, 3]
        scores.tracks.append(DriveTrack(self._name, truth_m, estimate_m, scale, turned))
