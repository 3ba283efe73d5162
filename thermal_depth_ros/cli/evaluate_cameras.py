# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of a recording with ground truth."""

import argparse
from collections.abc import Sequence

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.camera_choice import chosen_cameras
from thermal_depth_ros.cli.evaluate_choice import Choice
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth_topics import TruthTopics, find_truth, listing


def cameras_with_truth(
    recording: Recording,
    options: argparse.Namespace,
    choice: Choice,
    transforms: RecordedTransforms,
) -> list[tuple[CameraStream, TruthTopics]]:
    """Return the cameras with ground truth, and its topics.

    Raises:
        BagError: There is no camera, or a topic that was named is missing.
        EvaluationError: Nothing is true about any of them, or it is not clear what is.
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
        topics = find_truth(
            recording, stream, names, len(streams) == 1, transforms.of(stream.image_topic)
        )
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
    return bool(topics.depth or topics.labels or choice.options[kind].label_folder)


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
