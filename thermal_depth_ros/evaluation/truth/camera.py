# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ground truth of one camera in a recording."""

import dataclasses
from pathlib import Path

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import BASE_FRAME, read_pose_track
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import POINT_CLOUD
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.calibration import recorded_camera
from thermal_depth_ros.evaluation.truth.clouds import Projector
from thermal_depth_ros.evaluation.truth.labels import LabelFiles, LabelMap, image_stamps_ns
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.evaluation.truth.sources import (
    TruthSource,
    depth_source,
    label_source,
)
from thermal_depth_ros.evaluation.truth.stereo import REMARK, open_stereo
from thermal_depth_ros.evaluation.truth.topics import TruthTopics
from thermal_depth_ros.geometry.frames import Frames


@dataclasses.dataclass(frozen=True, eq=False)
class CameraTruth:
    """Ground truth of the frames of one camera; None where there is none."""

    depth: TruthSource | None
    labels: TruthSource | None
    poses: PoseTruth | None
    notes: tuple[str, ...] = ()  # assumptions made in reading it
    unusable: tuple[str, ...] = ()  # unusable ground truth, and why
    up_to_scale: bool = False  # depth is known up to one factor
    depth_remark: str = ''  # how good the true depth is, for the report

    def about(self, stamp_ns: int) -> bool:
        """Whether there is a ground truth map for a frame."""
        return any(source.has(stamp_ns) for source in (self.depth, self.labels) if source)


@dataclasses.dataclass(frozen=True)
class MatchOptions:
    """Matching of ground truth and frames."""

    tolerance_s: float = 0.02
    cloud_tolerance_s: float = 0.06  # sweeps are moved to the time of the image by the true poses
    nearest_point: bool = True  # rounding of points to pixels; see geometry.projection.scatter
    min_point_depth_m: float = 0.0  # points nearer to the camera are left out
    base_frame: str = BASE_FRAME  # frame moved by stamped poses, which do not name it

    def tolerance(self, type_name: str) -> float:
        """Return the largest time between a message of a type and a frame, s."""
        return self.cloud_tolerance_s if type_name == POINT_CLOUD else self.tolerance_s


def open_truth(
    recording: Recording,
    stream: CameraStream,
    topics: TruthTopics,
    label_folder: Path | None,
    label_map: LabelMap | None,
    tree: Frames,
    options: MatchOptions,
) -> CameraTruth:
    """Open the ground truth of a camera.

    Args:
        recording: Recording with the ground truth.
        stream: The camera.
        topics: Topics of the ground truth.
        label_folder: Label images, instead of a topic.
        label_map: Label map from true ids to the classes of the bundle; None if classes are not
            evaluated.
        tree: Static transforms.
        options: Matching options.

    Raises:
        EvaluationError: Points cannot be projected, label images fit neither by name nor by
            number, or the second camera is not beside the first.
    """
    poses, unusable = _poses(recording, topics.odometry, options)
    unusable += topics.unread
    types = {name: info.type for name, info in recording.topics.items()}
    projector = None
    if POINT_CLOUD in (types.get(topics.depth), types.get(topics.labels)):
        projector = _projector(recording, stream, tree, poses, options)
    depth: TruthSource | None = None
    labels: TruthSource | None = None
    notes: tuple[str, ...] = ()
    why_no_metres = remark = ''
    if topics.stereo:
        tolerance_s = options.tolerance_s
        depth, why_no_metres = open_stereo(recording, stream, topics.stereo, tree, tolerance_s)
        remark = REMARK.format(topic=topics.stereo)
        if why_no_metres:
            notes = (
                f'{topics.stereo}: depth up to scale, of images taken to be rectified: '
                f'{why_no_metres}',
            )
    elif topics.depth:
        records = recording.read_ahead([topics.depth])
        kind = types[topics.depth]
        depth = depth_source(topics.depth, kind, records, options.tolerance(kind), projector)
    if label_map is not None and label_folder is not None:
        stamps = list(image_stamps_ns(recording, stream.image_topic))
        labels = LabelFiles(label_folder, stamps, options.tolerance_s, label_map)
        notes += tuple(labels.notes)
    elif label_map is not None and topics.labels:
        records = recording.read_ahead([topics.labels])
        kind = types[topics.labels]
        labels = label_source(
            topics.labels, kind, records, options.tolerance(kind), projector, label_map
        )
    return CameraTruth(depth, labels, poses, notes, unusable, bool(why_no_metres), remark)


def _poses(
    recording: Recording, source: str, options: MatchOptions
) -> tuple[PoseTruth | None, tuple[str, ...]]:
    """Return the true poses, or why those in the recording are unusable."""
    if not source:
        return None, ()
    try:
        return PoseTruth.of(read_pose_track(recording, source, options.base_frame)), ()
    except BagError as error:
        return None, (f'motion: {error}',)


def _projector(
    recording: Recording,
    stream: CameraStream,
    tree: Frames,
    poses: PoseTruth | None,
    options: MatchOptions,
) -> Projector:
    try:
        camera = recorded_camera(recording, stream)
    except EvaluationError as error:
        raise EvaluationError(f'no points can be projected: {error}') from error
    frame = recording.frame_of(stream.image_topic)
    return Projector(camera, frame, tree, poses, options.nearest_point, options.min_point_depth_m)
