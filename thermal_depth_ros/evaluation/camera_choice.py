# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of a recording that have ground truth."""

from collections.abc import Sequence

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.job import EvaluationJob
from thermal_depth_ros.evaluation.open_comparison import EvaluationOptions
from thermal_depth_ros.evaluation.truth.topics import NONE, TruthNames, TruthTopics, find_truth
from thermal_depth_ros.offline.cameras import chosen_cameras


def cameras_with_truth(
    recording: Recording, job: EvaluationJob, transforms: RecordedTransforms
) -> list[tuple[CameraStream, TruthTopics]]:
    """Return the cameras with ground truth, and its topics.

    Raises:
        BagError: There is no camera, or a topic that was named is missing.
        EvaluationError: None of them has ground truth, or it is ambiguous.
    """
    streams = chosen_cameras(recording, job.cameras, lambda line: None)
    streams = [stream for stream in streams if stream.kind in job.kinds]
    if not streams:
        raise BagError(
            f'{recording.paths[0]}: no {" or ".join(job.kinds)} camera; name one by '
            f'--thermal or --rgb; the topics are:{recording.listing()}'
        )
    _refuse_shared(recording, streams, job)
    alone = len(streams) == 1
    with_truth = []
    for stream in streams:
        tree = transforms.of(stream.image_topic)
        topics = find_truth(recording, stream, job.truth[stream.kind], alone, tree)
        if _useful(stream.kind, topics, job.options[stream.kind]):
            with_truth.append((stream, topics))
    if not with_truth:
        cameras = ', '.join(stream.image_topic for stream in streams)
        raise EvaluationError(
            f'{recording.paths[0]}: no ground truth for {cameras}; name it by --depth, '
            f'--labels, --odometry or --stereo-topic; the topics are:{recording.listing()}'
        )
    return with_truth


def camera_with_poses(
    recording: Recording, job: EvaluationJob, transforms: RecordedTransforms
) -> tuple[CameraStream, str]:
    """Return the first camera with true poses, thermal before RGB, and their source.

    Raises:
        BagError: There is no camera.
        EvaluationError: None has true poses.
    """
    streams = chosen_cameras(recording, job.cameras, lambda line: None)
    for stream in sorted(streams, key=lambda stream: list(contract.OUTPUTS).index(stream.kind)):
        names = TruthNames(depth=NONE, labels=NONE, odometry=job.truth[stream.kind].odometry)
        tree = transforms.of(stream.image_topic)
        topics = find_truth(recording, stream, names, len(streams) == 1, tree)
        if topics.odometry:
            return stream, topics.odometry
    raise EvaluationError(
        f'{recording.paths[0]}: no true poses to compare a trajectory with; name them by '
        f'--odometry; the topics are:{recording.listing()}'
    )


def _useful(kind: str, topics: TruthTopics, options: EvaluationOptions) -> bool:
    if kind == contract.THERMAL:
        return bool(topics.depth or topics.stereo or topics.odometry)
    return bool(topics.depth or topics.stereo or topics.labels or options.label_folder)


def _refuse_shared(
    recording: Recording, streams: Sequence[CameraStream], job: EvaluationJob
) -> None:
    """Refuse one depth topic for cameras that do not see the same."""
    named = {stream.image_topic: job.truth[stream.kind].depth for stream in streams}
    pictures = [t for t, i in recording.topics.items() if i.type != contract.POINT_CLOUD]
    topics = [t for name in named.values() if (t := absolute_topic(name)) in pictures]
    if len(topics) > len(set(topics)):
        raise EvaluationError(
            f'{recording.paths[0]}: --depth {topics[0]} cannot be the ground truth for all of '
            f'{", ".join(named)}; write thermal=TOPIC or rgb=TOPIC, or name one camera'
        )
