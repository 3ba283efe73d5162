# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The cameras of a recording that there is a truth about, opened for an evaluation."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from thermal_depth_ros import contract
from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.cli.camera_choice import chosen_cameras
from thermal_depth_ros.cli.evaluate_choice import Choice
from thermal_depth_ros.evaluation.camera_truth import CameraTruth, open_truth
from thermal_depth_ros.evaluation.comparison import CameraComparison, Gallery
from thermal_depth_ros.evaluation.depth_metrics import PROTOCOLS
from thermal_depth_ros.evaluation.drive_comparison import DriveComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.label_maps import LabelMap, read_label_map
from thermal_depth_ros.evaluation.scores import CameraScores
from thermal_depth_ros.evaluation.truth_topics import TruthTopics, find_truth, frame_of, listing
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameError, FrameTree


@dataclasses.dataclass(frozen=True, eq=False)
class EvaluatedCamera:
    """One camera of a recording with what is true about it."""

    stream: CameraStream
    topics: TruthTopics
    truth: CameraTruth
    comparison: CameraComparison


def cameras_with_truth(
    recording: Recording, options: argparse.Namespace, choice: Choice, tree: FrameTree
) -> list[tuple[CameraStream, TruthTopics]]:
    """Return the cameras that there is something true about, and where that is.

    Raises:
        BagError: there is no camera, or a topic that was named is missing.
        EvaluationError: nothing is true about any of them, or it is not clear what is.
    """
    streams = chosen_cameras(recording, options, lambda line: None)
    streams = [stream for stream in streams if stream.kind in choice.kinds]
    if not streams:
        raise BagError(
            f'{recording.paths[0]}: no {" or ".join(choice.kinds)} camera; name one by '
            f'--thermal or --rgb; the topics are:{listing(recording)}'
        )
    _refuse_shared(recording, streams, choice)
    found = []
    for stream in streams:
        names = choice.truth[stream.kind]
        topics = find_truth(recording, stream, names, len(streams) == 1, tree)
        if _useful(stream.kind, topics, choice):
            found.append((stream, topics))
    if not found:
        cameras = ', '.join(stream.image_topic for stream in streams)
        raise EvaluationError(
            f'{recording.paths[0]}: no ground truth about {cameras}; name it by --depth, '
            f'--labels or --odometry; the topics are:{listing(recording)}'
        )
    return found


def _useful(kind: str, topics: TruthTopics, choice: Choice) -> bool:
    if kind == contract.THERMAL:
        return bool(topics.depth or topics.odometry)
    return bool(topics.depth or topics.labels or kind in choice.label_folders)


def _refuse_shared(recording: Recording, streams: Sequence[CameraStream], choice: Choice) -> None:
    """Refuse one depth topic for cameras that do not see the same."""
    named = {stream.image_topic: choice.truth[stream.kind].depth for stream in streams}
    pictures = [t for t, i in recording.topics.items() if i.type != contract.POINT_CLOUD]
    topics = [t for name in named.values() if (t := absolute_topic(name)) in pictures]
    if len(topics) > len(set(topics)):
        raise EvaluationError(
            f'{recording.paths[0]}: --depth {topics[0]} cannot be the truth about all of '
            f'{", ".join(named)}; write thermal=TOPIC or rgb=TOPIC, or name one camera'
        )


def open_camera(
    recording: Recording,
    stream: CameraStream,
    topics: TruthTopics,
    tree: FrameTree,
    names: tuple[str, ...],
    choice: Choice,
    gallery: Gallery,
    tell: Callable[[str], None],
) -> EvaluatedCamera:
    """Open the truth about a camera and what compares its outputs with it.

    Args:
        recording: where the camera is.
        stream: the camera.
        topics: of the truth.
        tree: static transforms.
        names: of the classes that are predicted.
        choice: what is evaluated, and how.
        gallery: takes frames to look at.
        tell: takes a line for the user.

    Raises:
        EvaluationError: the truth cannot be used.
    """
    kind = stream.kind
    folder = choice.label_folders.get(kind)
    label_map = None
    if kind == contract.RGB and (topics.labels or folder):
        label_map = LabelMap(names)
        if choice.label_map is not None:
            label_map = read_label_map(choice.label_map, names)
    truth = open_truth(recording, stream, topics, folder, label_map, tree, choice.match[kind])
    judged = names if truth.labels is not None else ()
    scores = CameraScores(kind, PROTOCOLS[choice.protocols[kind]], judged)
    comparison = CameraComparison(
        paths=tuple(recording.paths),
        stream=stream,
        truth=truth,
        scores=scores,
        gallery=gallery,
        drive=_drive(recording, stream, truth, tree, choice, tell),
        median_scaling=choice.median_scaling,
    )
    return EvaluatedCamera(stream, topics, truth, comparison)


def _drive(
    recording: Recording,
    stream: CameraStream,
    truth: CameraTruth,
    tree: FrameTree,
    choice: Choice,
    tell: Callable[[str], None],
) -> DriveComparison | None:
    if truth.poses is None or stream.kind != contract.THERMAL:
        return None
    frame = frame_of(recording, stream.image_topic)
    try:
        T_truth_camera = tree.lookup(truth.poses.frame, frame)
    except FrameError as error:
        if not choice.assume_forward:
            named = choice.truth[stream.kind].odometry
            if named:
                raise EvaluationError(f'{truth.poses.topic}: {error}') from error
            tell(f'motion is not compared: {truth.poses.topic}: {error}')
            return None
        T_truth_camera = T_FORWARD
    return DriveComparison(
        recording.paths[0].name,
        truth.poses,
        T_truth_camera,
        lambda child: placement_or_forward(tree, child)(frame),
        choice.min_turn_rad,
    )


def placement_or_forward(tree: FrameTree, base: str) -> Callable[[str], np.ndarray]:
    """Return the pose of a camera on a body, forward where /tf_static does not know it.

    Only the motion of the camera is judged, and the pose is taken out again of what it was put
    into, so that any will do.
    """

    def place(frame: str) -> np.ndarray:
        try:
            return tree.lookup(base, frame)
        except FrameError:
            return T_FORWARD

    return place
