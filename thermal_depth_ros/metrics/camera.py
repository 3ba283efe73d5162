# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Accumulated metrics of one kind of camera."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.metrics.accumulators import (
    ConfusionMatrix,
    DepthAccumulator,
    DepthEvaluation,
    PoseAccumulator,
    PoseEvaluation,
)
from thermal_depth_ros.metrics.covariance_consistency import Consistency, ConsistencyAccumulator
from thermal_depth_ros.metrics.depth import DepthProtocol
from thermal_depth_ros.metrics.drift import DriftAccumulator, DriftBin
from thermal_depth_ros.metrics.frame_rows import (
    CLASSES,
    DEPTH,
    DEPTH_COLUMNS,
    MOTION,
    MOTION_COLUMNS,
    FrameRows,
    class_columns,
)
from thermal_depth_ros.metrics.kitti_odometry import KittiAccumulator, KittiErrors
from thermal_depth_ros.metrics.reliability import Reliability, ReliabilityAccumulator
from thermal_depth_ros.metrics.segmentation import ALL, SegmentationScore
from thermal_depth_ros.metrics.sparsification import Sparsification, SparsificationAccumulator
from thermal_depth_ros.metrics.temporal_stability import StabilityAccumulator, TemporalStability
from thermal_depth_ros.metrics.trajectory import TrajectoryAccumulator, TrajectoryEvaluation


@dataclasses.dataclass(frozen=True, eq=False)
class DriveTrack:
    """One uninterrupted drive: positions (N, 3) m in the first camera, true and estimated.

    The estimate is scaled to fit; `scale` is the factor, 1 for a metric estimate.
    """

    name: str
    truth_m: np.ndarray
    estimate_m: np.ndarray
    scale: float
    heading_range_rad: float


@dataclasses.dataclass(frozen=True)
class CameraResult:
    """Metrics of one kind of camera; None if not available, for the reasons in `problems`."""

    kind: str
    frames: int  # with outputs
    without_truth: dict[str, int]  # quantity -> frames without ground truth
    lost_frames: int  # with lost odometry
    straight_drives: int  # skipped: they turn less than the minimum
    depth: DepthEvaluation | None
    pose: PoseEvaluation | None
    drift: tuple[DriftBin, ...]
    segmentation: SegmentationScore | None
    problems: tuple[str, ...]
    trajectory: TrajectoryEvaluation | None = None
    kitti: tuple[KittiErrors, ...] = ()
    sparsification: Sparsification | None = None  # of the confidence of depth
    stability: TemporalStability | None = None  # of depth
    reliability: Reliability | None = None  # of class probabilities
    consistency: Consistency | None = None  # of the covariance of odometry


class CameraAccumulator:
    """Accumulators of one kind of camera; merge with those of other recordings."""

    def __init__(
        self,
        kind: str,
        protocol: DepthProtocol,
        names: Sequence[str],
        *,
        up_to_scale: bool = False,
    ) -> None:
        """Start empty.

        Args:
            kind: Kind of camera.
            protocol: Protocol of the depth metrics.
            names: Names of the classes; empty if they are not evaluated.
            up_to_scale: Whether true depth is known up to one factor.
        """
        self.kind = kind
        self.depth = DepthAccumulator(protocol, up_to_scale=up_to_scale)
        self.pose = PoseAccumulator()
        self.drift = DriftAccumulator()
        self.trajectory = TrajectoryAccumulator()
        self.kitti = KittiAccumulator()
        self.sparsification = SparsificationAccumulator()
        self.stability = StabilityAccumulator()
        self.reliability = ReliabilityAccumulator()
        self.consistency = ConsistencyAccumulator()
        self.segmentation = ConfusionMatrix(names)
        self.frames = self.lost_frames = self.straight_drives = self.gaps = 0
        self.loss_kinds: Counter[str] = Counter()  # of lost frames, if known
        self.unusable: list[str] = []  # unusable ground truth, and why
        self.compared: Counter[str] = Counter()  # frames compared, by quantity
        self.without_truth: Counter[str] = Counter()
        self.tracks: list[DriveTrack] = []
        self.frame_rows = {
            DEPTH: FrameRows(DEPTH_COLUMNS),
            CLASSES: FrameRows(class_columns(names)),
            MOTION: FrameRows(MOTION_COLUMNS),
        }  # of this recording only: not merged

    def merge(self, other: 'CameraAccumulator') -> None:
        """Merge the scores of another recording.

        Raises:
            ValueError: Its classes differ, or one true depth is in metres and the other is not.
        """
        if not self.segmentation.names:
            self.segmentation = ConfusionMatrix(other.segmentation.names)
        self.segmentation.merge(other.segmentation)
        self.depth.merge(other.depth)
        self.pose.merge(other.pose)
        self.drift.merge(other.drift)
        self.trajectory.merge(other.trajectory)
        self.kitti.merge(other.kitti)
        self.sparsification.merge(other.sparsification)
        self.stability.merge(other.stability)
        self.reliability.merge(other.reliability)
        self.consistency.merge(other.consistency)
        self.frames += other.frames
        self.lost_frames += other.lost_frames
        self.straight_drives += other.straight_drives
        self.gaps += other.gaps
        self.loss_kinds += other.loss_kinds
        self.unusable += other.unusable
        self.compared += other.compared
        self.without_truth += other.without_truth
        self.tracks += other.tracks

    def keep_baselines(self, pixels: int) -> None:
        """Keep at most so many pixels for the predictors that never look at the image."""
        self.depth.keep_baselines(pixels)
        self.segmentation.keep_baselines(pixels)

    def result(self, listed: str | Sequence[str] = ALL) -> CameraResult:
        """Return the metrics; mIoU averages over the listed classes.

        Raises:
            ValueError: A listed class is not one of the label set's.
        """
        problems = list(dict.fromkeys(self.unusable))
        depth, pose, segmentation = None, None, None
        if self.depth.images or self.depth.empty_images:
            try:
                depth = self.depth.result()
            except ValueError as error:
                refused = f'; {self.depth.refused}' if self.depth.refused else ''
                problems.append(f'depth: {error} ({self.depth.empty_images} images{refused})')
        if self.compared['pose']:
            try:
                pose = self.pose.result()
            except ValueError as error:
                problems.append(f'motion: {error}: {self._why_no_snippet()}')
        if self.compared['classes']:
            segmentation = self.segmentation.result(listed)
            if segmentation.miou is None:
                problems.append('classes: no pixel has a listed class, true or predicted')
        return CameraResult(
            kind=self.kind,
            frames=self.frames,
            without_truth=dict(self.without_truth),
            lost_frames=self.lost_frames,
            straight_drives=self.straight_drives,
            depth=depth,
            pose=pose,
            drift=self.drift.result(),
            segmentation=segmentation,
            problems=tuple(problems),
            trajectory=self.trajectory.result(),
            kitti=self.kitti.result(),
            sparsification=self.sparsification.result(),
            stability=self.stability.result(),
            reliability=self.reliability.result(),
            consistency=self.consistency.result(),
        )

    def _why_no_snippet(self) -> str:
        """Describe the use of the frames with a true pose."""
        kinds = ', '.join(f'{kind} {n}' for kind, n in self.loss_kinds.most_common())
        lost = f'the odometry is lost at {self.lost_frames}' + (f' ({kinds})' if kinds else '')
        parts = (
            (self.lost_frames, lost),
            (self.without_truth['pose'], f'{self.without_truth["pose"]} more have no true pose'),
            (self.gaps, f'{self.gaps} gaps split drives'),
            (self.pose.short_drives, f'{self.pose.short_drives} drives are shorter'),
            (self.straight_drives, f'{self.straight_drives} drives turn too little'),
        )
        frames = f'of {self.compared["pose"]} frames with a true pose'
        return '; '.join([frames, *(text for count, text in parts if count)])
