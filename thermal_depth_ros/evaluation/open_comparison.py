# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A camera of a recording with its ground truth and evaluation options."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.poses import BASE_FRAME, HOW_TO_NAME
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.comparison import CameraComparison
from thermal_depth_ros.evaluation.confidence_comparison import ConfidenceComparison
from thermal_depth_ros.evaluation.drive_comparison import DriveComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.truth.calibration import recorded_camera
from thermal_depth_ros.evaluation.truth.camera import CameraTruth, MatchOptions, open_truth
from thermal_depth_ros.evaluation.truth.labels import LabelMap, read_label_map
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.evaluation.truth.topics import TruthTopics
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.geometry.frames import FrameError, Frames
from thermal_depth_ros.geometry.mount import mount_problem
from thermal_depth_ros.geometry.projection import NUSCENES_MIN_DEPTH_M
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.offline.cameras import camera_pose

DEFAULT_PROTOCOL = {contract.THERMAL: 'thermal_outdoor', contract.RGB: 'nuscenes'}


@dataclasses.dataclass(frozen=True)
class EvaluationOptions:
    """Evaluation options of one kind of camera."""

    protocol: str
    match: MatchOptions
    label_folder: Path | None = None  # label images, instead of a topic
    label_map: Path | None = None  # from true ids to classes
    median_scaling: bool = True  # choose the worst depth frames after median scaling
    min_turn_rad: float = 0.0  # least heading range of an evaluated drive
    crop: Crop = Crop()  # of the images and the ground truth maps
    assume_forward: bool = False  # if there is no transform to the camera
    confidence: bool = False  # compare confidences, and depth with the frame before
    motion_required: bool = False  # raise an error if motion cannot be compared


def default_options(
    kind: str,
    protocol: str | None = None,
    tolerance_s: float | None = None,
    base_frame: str = BASE_FRAME,
) -> EvaluationOptions:
    """Return the evaluation options for a kind of camera; None selects its default.

    Args:
        kind: Kind of camera.
        protocol: Protocol of the depth metrics.
        tolerance_s: Largest time between a frame and its ground truth.
        base_frame: Frame moved by stamped poses.
    """
    name = protocol or DEFAULT_PROTOCOL[kind]
    match = MatchOptions(min_point_depth_m=PROTOCOLS[name].min_gt_m)
    if name == 'nuscenes':
        match = MatchOptions(nearest_point=False, min_point_depth_m=NUSCENES_MIN_DEPTH_M)
    if tolerance_s is not None:
        match = dataclasses.replace(match, tolerance_s=tolerance_s, cloud_tolerance_s=tolerance_s)
    return EvaluationOptions(name, dataclasses.replace(match, base_frame=base_frame))


def open_comparison(
    recording: Recording,
    stream: CameraStream,
    topics: TruthTopics,
    tree: Frames,
    names: tuple[str, ...],
    options: EvaluationOptions,
    gallery: Gallery,
    notify: Callable[[str], None],
) -> CameraComparison:
    """Open the ground truth of a camera and the comparison of its outputs.

    Args:
        recording: Recording with the camera and its ground truth.
        stream: The camera.
        topics: Topics of the ground truth.
        tree: Static transforms.
        names: Names of the predicted classes.
        options: Evaluation options.
        gallery: Collects example frames.
        notify: Called with messages for the user.

    Raises:
        EvaluationError: The ground truth is unusable.
    """
    kind = stream.kind
    label_map = None
    if kind == contract.RGB and (topics.labels or options.label_folder):
        label_map = LabelMap(names)
        if options.label_map is not None:
            label_map = read_label_map(options.label_map, names)
    truth = open_truth(
        recording, stream, topics, options.label_folder, label_map, tree, options.match
    )
    for note in truth.notes:
        notify(note)
    evaluated = names if truth.labels is not None else ()
    protocol = PROTOCOLS[options.protocol]
    scores = CameraAccumulator(kind, protocol, evaluated, up_to_scale=truth.up_to_scale)
    scores.unusable += _checked(truth.unusable, options)
    return CameraComparison(
        paths=tuple(recording.paths),
        stream=stream,
        topics=topics,
        truth=truth,
        scores=scores,
        gallery=gallery,
        drive=_drive(recording, stream.image_topic, truth, tree, options, scores, notify),
        median_scaling=options.median_scaling,
        crop=options.crop,
        confidence=_confidence(recording, stream, truth, tree, options, scores, notify),
    )


def _confidence(
    recording: Recording,
    stream: CameraStream,
    truth: CameraTruth,
    tree: Frames,
    options: EvaluationOptions,
    scores: CameraAccumulator,
    notify: Callable[[str], None],
) -> ConfidenceComparison | None:
    """Return the comparison of confidences, and of depth with the frame before if possible."""
    if not options.confidence:
        return None
    T_truth_camera, camera, poses = np.eye(4), None, truth.poses
    try:
        if poses is None:
            raise EvaluationError('there are no true poses')
        frame = recording.frame_of(stream.image_topic)
        T_truth_camera = camera_pose(
            tree, poses.frame, frame, assume_forward=options.assume_forward
        )
        camera = recorded_camera(recording, stream)
    except (EvaluationError, FrameError) as error:
        notify(f'{stream.image_topic}: no temporal stability: {error}')

    def pose(stamp_ns: int) -> np.ndarray | None:
        true = None if poses is None else poses.at(stamp_ns)
        return None if true is None else true @ T_truth_camera

    protocol = PROTOCOLS[options.protocol]
    return ConfidenceComparison(scores, protocol, pose, camera, options.crop)


def _drive(
    recording: Recording,
    image_topic: str,
    truth: CameraTruth,
    tree: Frames,
    options: EvaluationOptions,
    scores: CameraAccumulator,
    notify: Callable[[str], None],
) -> DriveComparison | None:
    if truth.poses is None or scores.kind != contract.THERMAL:
        return None
    frame = recording.frame_of(image_topic)
    try:
        drive = drive_comparison(recording, truth.poses, frame, tree, options)
    except EvaluationError as error:
        scores.unusable += _checked((str(error),), options)
        return None
    T_truth_camera = camera_pose(tree, truth.poses.frame, frame, assume_forward=True)
    if problem := mount_problem(T_truth_camera, truth.poses.frame, frame):
        notify(f'{image_topic}: warning: {problem}')
    return drive


def drive_comparison(
    recording: Recording, poses: PoseTruth, frame: str, tree: Frames, options: EvaluationOptions
) -> DriveComparison:
    """Return the comparison of the motion of a frame with true poses.

    Args:
        recording: The recording.
        poses: True poses of some frame.
        frame: Frame whose motion is compared.
        tree: Static transforms.
        options: Evaluation options.

    Raises:
        EvaluationError: There is no transform between the two frames.
    """
    try:
        T_truth_frame = camera_pose(tree, poses.frame, frame, assume_forward=options.assume_forward)
    except FrameError as error:
        raise EvaluationError(f'motion: {poses.topic}: {error}; {HOW_TO_NAME}') from error
    return DriveComparison(
        recording.paths[0].name,
        poses,
        T_truth_frame,
        # Only motion is compared, in which the mounting cancels: any fixed pose works.
        lambda child: camera_pose(tree, child, frame, assume_forward=True),
        options.min_turn_rad,
    )


def _checked(unusable: tuple[str, ...], options: EvaluationOptions) -> tuple[str, ...]:
    """Return unusable ground truth; raise an error if it was requested by name."""
    if unusable and options.motion_required:
        raise EvaluationError('; '.join(unusable))
    return unusable
