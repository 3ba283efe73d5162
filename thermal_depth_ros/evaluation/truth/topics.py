# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the ground truth topics of a camera: those named, or unambiguous ones."""

import dataclasses
import re
from collections.abc import Collection, Sequence

from thermal_depth_ros.bags.cameras import CameraStream, find_cameras
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import POSE_TYPES, pose_source, require_poses
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.clouds import labels_field
from thermal_depth_ros.geometry.frames import FrameError, Frames

NONE = 'none'  # as a name: disabled
_TRUTH = ('ground_truth', 'groundtruth', 'gt')
_DEPTH_WORDS = frozenset({'depth'})
_LABEL_WORDS = frozenset({'label', 'labels', 'semantic', 'semantics', 'segmentation', 'mask'})
# Types of ground truth that are not read.
_UNREAD = {
    'motion': (
        'geometry_msgs/msg/Pose',
        'geometry_msgs/msg/Pose2D',
        'geometry_msgs/msg/PoseArray',
        'geometry_msgs/msg/PoseWithCovariance',
        'geometry_msgs/msg/Transform',
        'nav_msgs/msg/Path',
    ),
    'depth': ('stereo_msgs/msg/DisparityImage',),
}
_IMAGES = (contract.IMAGE, contract.COMPRESSED_IMAGE)
_TYPES = (*_IMAGES, contract.POINT_CLOUD)


@dataclasses.dataclass(frozen=True)
class TruthNames:
    """Topics given by the user for one kind of camera; '' searches for one, NONE disables it."""

    depth: str = ''
    labels: str = ''
    odometry: str = ''
    stereo: str = ''  # images of a second camera; never searched


@dataclasses.dataclass(frozen=True)
class TruthTopics:
    """Ground truth topics of one camera; '' where there is none."""

    depth: str = ''
    labels: str = ''
    odometry: str = ''
    stereo: str = ''  # images of a second camera that give depth, instead of a topic of depth
    unread: tuple[str, ...] = ()  # why what is named as ground truth is not used

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.depth or self.labels or self.odometry or self.stereo)


def find_truth(
    recording: Recording, stream: CameraStream, names: TruthNames, alone: bool, tree: Frames
) -> TruthTopics:
    """Find the ground truth of a camera.

    A topic not given by the user must be named as ground truth (`/ground_truth/...`) and belong to
    this camera: by the frame of its messages, by the common part of its name and that of the
    images, or because there is no other camera. Without true depth images, the points of the only
    LiDAR are used, if its mounting is known.

    Args:
        recording: Recording to search.
        stream: The camera.
        names: Topics named by the user.
        alone: Whether this is the only camera that is evaluated.
        tree: Static transforms.

    Raises:
        BagError: A given topic is missing.
        EvaluationError: A topic has an unsupported type, or several candidates are ambiguous.
    """
    stereo = _stereo(recording, stream, names.stereo)
    depth = ''
    if not stereo:
        depth = _choose(recording, stream, names.depth, 'depth', _depth_topics(recording), alone)
    if not depth and not names.depth and not stereo:
        depth = lidar_topic(recording, stream, tree)
    labels = _choose(recording, stream, names.labels, 'labels', true_label_topics(recording), alone)
    odometry = _choose(
        recording, stream, names.odometry, 'odometry', _odometry_topics(recording), alone
    )
    unread = []
    if stream.kind == contract.THERMAL and not (odometry or names.odometry):
        unread += _unread(recording, 'motion', POSE_TYPES)
    if not (depth or stereo or names.depth):
        unread += _unread(recording, 'depth', _TYPES)
    return TruthTopics(depth, labels, odometry, stereo, tuple(unread))


def _unread(recording: Recording, subject: str, known: Sequence[str]) -> list[str]:
    """Return why topics that are named as ground truth cannot be compared."""
    return [
        f'{subject}: {topic} is a {recording.topics[topic].type}, which is not supported; '
        f'{", ".join(known)} are'
        for topic in _true_topics(recording, _UNREAD[subject], frozenset())
    ]


def _stereo(recording: Recording, stream: CameraStream, named: str) -> str:
    """Return the images beside a camera; '' for those of itself or of another kind of camera."""
    if not named or named == NONE:
        return ''
    topic = absolute_topic(named)
    recording.require([topic])
    type_name = recording.topics[topic].type
    if type_name not in _IMAGES:
        raise EvaluationError(
            f'--stereo-topic {topic} is a {type_name}, not a {" or ".join(_IMAGES)}'
        )
    kinds = {camera.image_topic: camera.kind for camera in find_cameras(recording)}
    own = topic == stream.image_topic or kinds.get(topic, stream.kind) != stream.kind
    return '' if own else topic


def lidar_topic(recording: Recording, stream: CameraStream, tree: Frames) -> str:
    """Return the only cloud that no pipeline published, if it can be projected; otherwise ''."""
    clouds = _clouds(recording)
    if len(clouds) != 1 or not stream.info_topic:
        return ''
    try:
        tree.lookup(recording.frame_of(stream.image_topic), recording.frame_of(clouds[0]))
    except FrameError:
        return ''
    return clouds[0]


def _depth_topics(recording: Recording) -> list[str]:
    return _true_topics(recording, _IMAGES, _DEPTH_WORDS)


def _clouds(recording: Recording) -> list[str]:
    """Return the topics of points that no pipeline published."""
    outputs = tuple(outputs['points'].topic for outputs in contract.OUTPUTS.values())
    return [
        topic
        for topic, info in recording.topics.items()
        if info.type == contract.POINT_CLOUD and info.count and not topic.endswith(outputs)
    ]


def true_label_topics(recording: Recording) -> list[str]:
    """Return the topics of label images that are named as ground truth."""
    return _true_topics(recording, _IMAGES, _LABEL_WORDS)


def labelled_cloud(recording: Recording) -> str:
    """Return the only topic of points with classes; '' if there is none, or label images.

    Raises:
        BagError: A message cannot be read.
    """
    if true_label_topics(recording):
        return ''
    labelled = []
    for topic in _clouds(recording):
        record = recording.first(topic)
        if record is not None and labels_field(record.message) is not None:
            labelled.append(topic)
    return labelled[0] if len(labelled) == 1 else ''


def _odometry_topics(recording: Recording) -> list[str]:
    topics = _true_topics(recording, POSE_TYPES, frozenset())
    best = min((_pose_rank(recording, topic) for topic in topics), default=0)
    return [topic for topic in topics if _pose_rank(recording, topic) == best]


def _pose_rank(recording: Recording, topic: str) -> int:
    return POSE_TYPES.index(recording.topics[topic].type)


def _true_topics(
    recording: Recording, types: Collection[str], subject: frozenset[str]
) -> list[str]:
    return [
        topic
        for topic, info in recording.topics.items()
        if info.type in types
        and info.count
        and any(part in _TRUTH for part in topic.lower().split('/'))
        and (not subject or subject & _words(topic))
    ]


def _choose(
    recording: Recording,
    stream: CameraStream,
    named: str,
    option: str,
    candidates: Sequence[str],
    alone: bool,
) -> str:
    if named == NONE:
        return ''
    if named:
        return _checked(recording, named, option)
    own = _belonging(recording, stream, candidates, alone)
    if len(own) > 1:
        raise EvaluationError(
            f'{_name(recording)}: {" and ".join(own)} could be the ground truth for '
            f'{stream.image_topic}; --{option} names one'
        )
    return own[0] if own else ''


def _checked(recording: Recording, named: str, option: str) -> str:
    """Return a source named by the user if it has a suitable type."""
    if option == 'odometry':
        recording.require([pose_source(named).topic])
        try:
            require_poses(recording, named)
        except BagError as error:
            raise EvaluationError(f'--{option} {error}') from error
        return named
    topic = absolute_topic(named)
    recording.require([topic])
    type_name = recording.topics[topic].type
    if type_name not in _TYPES:
        raise EvaluationError(f'--{option} {topic} is a {type_name}, not a {" or ".join(_TYPES)}')
    return topic


def _belonging(
    recording: Recording, stream: CameraStream, candidates: Sequence[str], alone: bool
) -> list[str]:
    """Return the candidates that belong to a camera: by their frame, then by their names."""
    frame = recording.frame_of(stream.image_topic)
    in_frame = [topic for topic in candidates if frame and recording.frame_of(topic) == frame]
    if len(in_frame) == 1:
        return in_frame
    other_kinds = set(contract.OUTPUTS) - {stream.kind}
    possible = [topic for topic in in_frame or candidates if not other_kinds & _words(topic)]
    common = {topic: len(_words(topic) & _words(stream.image_topic)) for topic in possible}
    if in_frame or alone or any(common.values()):
        most = max(common.values(), default=0)
        return [topic for topic, count in common.items() if count == most]
    # Poses of the vehicle apply to all of its cameras; images to one.
    return [topic for topic in possible if recording.topics[topic].type in POSE_TYPES]


def _words(topic: str) -> set[str]:
    base = topic.lower().removesuffix('/compressed').replace('ground_truth', '')
    generic = {'', 'image', 'raw', 'rect', 'color', 'camera'}
    return set(re.split(r'[/_\-.]+', base)) - generic


def _name(recording: Recording) -> str:
    return ', '.join(map(str, recording.paths))
