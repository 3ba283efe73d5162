# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads poses over time: from odometry, stamped poses, or a pair of TF frames.

A source of poses is written TOPIC, TOPIC@FRAME or TOPIC@PARENT:FRAME. FRAME is the moving frame,
which stamped poses do not name. For a topic of transforms, PARENT is the reference frame.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.frame_pair import frame_pair_poses
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.bags.transforms import TF_TYPES
from thermal_depth_ros.base.contract import ODOMETRY, POSE, POSE_WITH_COVARIANCE, TRANSFORM
from thermal_depth_ros.base.wire_text import name_of
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.odometry import (
    odometry_sample,
    pose_to_matrix,
    transform_to_matrix,
)

POSE_TYPES = (ODOMETRY, POSE_WITH_COVARIANCE, POSE, TRANSFORM)  # best first
BASE_FRAME = 'base_link'  # default moving frame
HOW_TO_NAME = 'TOPIC@FRAME names what moves, TOPIC@PARENT:FRAME a pair of frames of a TF topic'
_SILENT = (POSE, POSE_WITH_COVARIANCE)  # types that do not say which frame moves
_REPORT_EVERY = 500  # messages


@dataclasses.dataclass(frozen=True)
class PoseSource:
    """Source of poses; an empty frame is that of the messages."""

    topic: str
    parent: str = ''
    frame: str = ''


@dataclasses.dataclass(frozen=True, eq=False)
class PoseTrack:
    """Poses of one frame at increasing stamps."""

    name: str
    frame: str  # that moves
    stamps_ns: np.ndarray  # (N,) int64, strictly increasing
    T_world_frame: np.ndarray  # (N, 4, 4)
    speeds_mps: np.ndarray  # (N,) length of the linear twist, 0 without twist
    left_out: Counter[str]  # unusable messages, by reason


def pose_source(text: str) -> PoseSource:
    """Read TOPIC, TOPIC@FRAME or TOPIC@PARENT:FRAME."""
    topic, _, frames = text.partition('@')
    parent, colon, frame = frames.partition(':')
    if not colon:
        parent, frame = '', frames
    return PoseSource(absolute_topic(topic), parent.lstrip('/'), frame.lstrip('/'))


def require_poses(recording: Recording, text: str) -> PoseSource:
    """Check that a source of poses exists and has a supported type.

    Raises:
        BagError: The topic is missing or of another type, or its frames are not named.
    """
    source = pose_source(text)
    recording.require([source.topic])
    recorded_type = recording.topics[source.topic].type
    if recorded_type in TF_TYPES:
        if not (source.parent and source.frame):
            raise BagError(f'{source.topic} holds transforms: which are poses? {HOW_TO_NAME}')
    elif recorded_type not in POSE_TYPES:
        wanted = ', '.join(POSE_TYPES)
        raise BagError(f'{source.topic} is a {recorded_type}, not a {wanted} or transforms')
    return source


def moving_frame(recording: Recording, text: str, base_frame: str = BASE_FRAME) -> str:
    """Return the moving frame of a source of poses without a leading slash; may be ''.

    Args:
        recording: Recording with the source.
        text: The source.
        base_frame: Frame moved by stamped poses whose messages do not name it.
    """
    source = pose_source(text)
    if source.frame:
        return source.frame
    if recording.topics[source.topic].type in _SILENT:
        return base_frame.lstrip('/')
    for record in recording.read([source.topic]):
        try:
            message: Any = record.message
        except BagError:
            continue
        return str(message.child_frame_id).lstrip('/')
    return ''


def read_pose_track(
    recording: Recording,
    text: str,
    base_frame: str = BASE_FRAME,
    advance: Callable[[str, int, int], None] | None = None,
) -> PoseTrack:
    """Read a source of poses completely; unusable messages are skipped and counted.

    Args:
        recording: Recording with the poses.
        text: The source.
        base_frame: Frame moved by stamped poses.
        advance: Called with a description, the number of messages done and the total.

    Raises:
        BagError: It is missing, of another type, or none of its messages can be used.
    """
    source = require_poses(recording, text)
    if recording.topics[source.topic].type in TF_TYPES:
        pair = frame_pair_poses(recording, source.topic, source.parent, source.frame)
        nothing = np.zeros(len(pair.stamps_ns))
        return PoseTrack(
            text, source.frame, pair.stamps_ns, pair.T_parent_child, nothing, pair.left_out
        )
    frame = moving_frame(recording, text, base_frame)
    return _Collector(recording, source, text, frame).read(advance)


class _Collector:
    """Reads messages that each hold one pose."""

    def __init__(self, recording: Recording, source: PoseSource, text: str, frame: str) -> None:
        self._recording, self._source = recording, source
        self._text, self._frame = text, frame
        self._type = recording.topics[source.topic].type
        self._rows: list[tuple[int, np.ndarray, float]] = []
        self._left_out: Counter[str] = Counter()

    def read(self, advance: Callable[[str, int, int], None] | None) -> PoseTrack:
        topic, total = self._source.topic, self._recording.topics[self._source.topic].count
        for index, record in enumerate(self._recording.read([topic])):
            try:
                self._take(record)
            except (BagError, MessageError) as error:
                self._left_out[str(error)] += 1
            if advance is not None and (index % _REPORT_EVERY == 0 or index + 1 == total):
                advance(f'reading {topic}', index + 1, total)
        if not self._rows:
            reason = next(iter(self._left_out), 'it has no messages')
            raise BagError(f'{topic}: no pose can be read: {reason}')
        stamps = np.array([stamp for stamp, _, _ in self._rows], np.int64)
        rising, first = np.unique(stamps, return_index=True)
        return PoseTrack(
            name=self._text,
            frame=self._frame,
            stamps_ns=rising,
            T_world_frame=np.stack([T for _, T, _ in self._rows])[first],
            speeds_mps=np.array([speed for _, _, speed in self._rows])[first],
            left_out=self._left_out,
        )

    def _take(self, record: Record) -> None:
        message: Any = record.message
        speed = 0.0
        if self._type == ODOMETRY:
            sample = odometry_sample(message)
            T, speed = sample.T_frame_child, float(np.linalg.norm(sample.twist_child[:3]))
        elif self._type == TRANSFORM:
            T = transform_to_matrix(message.transform)
        else:
            T = pose_to_matrix(message.pose if self._type == POSE else message.pose.pose)
        told = str(getattr(message, 'child_frame_id', self._frame)).lstrip('/')
        if told != self._frame and not self._source.frame:
            names = f"'{name_of(told)}', not '{name_of(self._frame)}'"
            self._left_out[f'child_frame_id is {names}'] += 1
            return
        self._rows.append((record.stamp_ns, T, speed))
