# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the topics of a recording: those given, or the only ones of their kind."""

import dataclasses

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras, survey
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.poses import POSE_TYPES, pose_source, require_poses
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.contract import (
    CAMERA_INFO,
    COMPRESSED_IMAGE,
    IMAGE,
    ODOMETRY,
    POINT_CLOUD,
    RGB,
    is_rectified,
)
from thermal_depth_ros.samples.config import NONE, DataConfig
from thermal_depth_ros.samples.errors import SamplesError

_TRUTH_WORDS = ('ground_truth', 'groundtruth')
_LABEL_WORDS = ('label', 'semantic', 'segmentation', 'mask')


@dataclasses.dataclass(frozen=True)
class Topics:
    """Topics of one recording; '' if absent or disabled."""

    image: str
    info: str
    pose: str
    twist: str
    true_pose: str
    depth: str
    notes: tuple[str, ...] = ()

    @property
    def rectified(self) -> bool:
        """Whether the images have been rectified already."""
        return is_rectified(self.image)


def choose_topics(recording: Recording, config: DataConfig) -> Topics:
    """Find the topics given or left open by the settings.

    Raises:
        BagError: A given topic is missing.
        SamplesError: A topic has the wrong type, or there is not exactly one matching camera.
    """
    notes: list[str] = []
    stream = _camera(recording, config)
    notes += [note for note in recording.notes if note.startswith(f'{stream.image_topic}:')]
    pose = _odometry(recording, config, config.pose_topic, 'pose_topic', notes)
    twist = pose
    if config.twist_topic:
        twist = _odometry(recording, config, config.twist_topic, 'twist_topic', notes)
    true_pose = _true_odometry(recording, config, pose, notes)
    depth = _depth(recording, config, notes)
    info = _info(recording, config, stream)
    return Topics(stream.image_topic, info, pose, twist, true_pose, depth, tuple(notes))


def _camera(recording: Recording, config: DataConfig) -> CameraStream:
    if config.image_topic:
        return named_cameras(recording, [(config.camera, config.image_topic)])[0]
    surveyed = survey(recording)
    streams = [stream for stream in surveyed.cameras if stream.kind == config.camera]
    if len(streams) == 1:
        return streams[0]
    if streams:
        names = ', '.join(stream.image_topic for stream in streams)
        raise SamplesError(
            f'{_name(recording)}: {len(streams)} {config.camera} cameras: {names}; choose one by '
            'image_topic'
        )
    raise SamplesError(
        f'{_name(recording)}: no {config.camera} camera; name its image_topic, or camera: the '
        f'kind of images. Topics: {_listing(recording)}'
    )


def _info(recording: Recording, config: DataConfig, stream: CameraStream) -> str:
    if config.calibration:
        return ''
    if not config.info_topic:
        return stream.info_topic or ''
    _require(recording, config.info_topic, (CAMERA_INFO,), 'info_topic')
    return config.info_topic


def _odometry(
    recording: Recording, config: DataConfig, wanted: str, setting: str, notes: list[str]
) -> str:
    """Return the given odometry, or the only one that is not ground truth, or ground truth."""
    if wanted == NONE:
        return ''
    if wanted:
        recording.require([pose_source(wanted).topic])
        try:
            require_poses(recording, wanted)
        except BagError as error:
            raise SamplesError(f'{_name(recording)}: {setting} {error}') from error
        return wanted
    candidates = _of_type(recording, ODOMETRY)
    measured = [topic for topic in candidates if not is_truth(topic)]
    return only_topic(measured or candidates, config.camera, setting, notes)


def _true_odometry(recording: Recording, config: DataConfig, pose: str, notes: list[str]) -> str:
    if config.true_pose_topic:
        return _odometry(recording, config, config.true_pose_topic, 'true_pose_topic', notes)
    truths = [topic for topic in _of_type(recording, *POSE_TYPES) if is_truth(topic)]
    if len(truths) > 1:
        truths = [t for t in truths if recording.topics[t].type == ODOMETRY] or truths
    return only_topic(truths, config.camera, 'true_pose_topic', notes) or pose


def _depth(recording: Recording, config: DataConfig, notes: list[str]) -> str:
    """Return the given depth, or the true depth of this camera if there is one."""
    if config.depth_topic == NONE:
        return ''
    if config.depth_topic:
        return _truth_images(recording, config.depth_topic, config.camera, 'depth_topic')
    candidates = [
        topic
        for topic in _of_type(recording, IMAGE, COMPRESSED_IMAGE)
        if is_truth(topic) and 'depth' in topic.lower()
    ]
    return only_topic(candidates, config.camera, 'depth_topic', notes)


def choose_label_topic(recording: Recording, camera: str, asked: str) -> str:
    """Return the topic of the true classes of a camera: the one asked for, the only one, or ''.

    Raises:
        BagError: A given topic is missing.
        SamplesError: It is not an image topic.
    """
    if asked:
        return _truth_images(recording, asked, camera, 'label_topic')
    candidates = [
        topic
        for topic in _of_type(recording, IMAGE, COMPRESSED_IMAGE)
        if is_truth(topic) and any(word in topic.lower() for word in _LABEL_WORDS)
    ]
    return only_topic(candidates, camera, 'label_topic', [])


def _truth_images(recording: Recording, topic: str, camera: str, setting: str) -> str:
    """Return a given topic of images, '' for points, which RGB validation reads by itself."""
    points = (POINT_CLOUD,) if camera == RGB else ()
    _require(recording, topic, (IMAGE, COMPRESSED_IMAGE, *points), setting)
    return '' if recording.topics[topic].type == POINT_CLOUD else topic


def only_topic(topics: list[str], kind: str, setting: str, notes: list[str]) -> str:
    """Return the only topic, or the only one that names this kind of camera; otherwise ''."""
    own = [topic for topic in topics if kind in topic.lower().split('/')]
    left = own if len(topics) > 1 and own else topics
    if len(left) > 1:
        notes.append(f'none of {", ".join(left)} is used; {setting} can name one')
        return ''
    return left[0] if left else ''


def is_truth(topic: str) -> bool:
    """Whether the name of a topic marks it as ground truth."""
    return any(word in topic.lower() for word in _TRUTH_WORDS)


def _of_type(recording: Recording, *types: str) -> list[str]:
    return [topic for topic, info in recording.topics.items() if info.type in types and info.count]


def _require(recording: Recording, topic: str, types: tuple[str, ...], setting: str) -> None:
    recording.require([topic])
    recorded_type = recording.topics[topic].type
    if recorded_type not in types:
        raise SamplesError(
            f'{_name(recording)}: {setting} {topic} is a {recorded_type}, '
            f'not a {" or ".join(types)}'
        )


def _name(recording: Recording) -> str:
    return ', '.join(str(path) for path in recording.paths)


def _listing(recording: Recording) -> str:
    entries = [f'{topic} ({info.words})' for topic, info in recording.topics.items()]
    return ', '.join(entries) or 'none'
