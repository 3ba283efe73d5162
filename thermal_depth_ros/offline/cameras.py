# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the cameras of a recording, their wheel odometry and their mounting."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras, survey
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base import contract
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameError, Frames
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.offline.run import WheelTopic


@dataclasses.dataclass(frozen=True)
class CameraOptions:
    """Choices of the user about the cameras of recordings.

    Attributes:
        configs: Settings by camera kind.
        image_topics: Image topics by camera kind; without any, all cameras are processed.
        info_topics: camera_info topics by camera kind, in the order of the image topics.
        wheel_topic: Topic of the wheel odometry.
        tf_topics: Topics of the transforms to use; empty selects them automatically.
        assume_forward: Whether a camera without a transform looks forward from the body origin.
    """

    configs: Mapping[str, CameraConfig]
    image_topics: Mapping[str, Sequence[str]]
    info_topics: Mapping[str, Sequence[str]]
    wheel_topic: str
    tf_topics: Sequence[str] = ()
    assume_forward: bool = False

    def base_frame(self, kind: str) -> str:
        """Return the body frame of a camera kind; '' if it has none."""
        return getattr(self.configs[kind], 'base_frame', '')


def chosen_cameras(
    recording: Recording, options: CameraOptions, tell: Callable[[str], None]
) -> list[CameraStream]:
    """Return the cameras that the options name, or all of the recording.

    Args:
        recording: Recording with the cameras.
        options: Choices of the user.
        tell: Called with a line on every image topic that is not used, and on damage.

    Raises:
        BagError: A topic is missing or of another type, or there is no camera.
    """
    named = [
        (kind, absolute_topic(topic))
        for kind in contract.OUTPUTS
        for topic in options.image_topics[kind]
    ]
    if named:
        streams = named_cameras(recording, named)
    else:
        found = survey(recording)
        streams = list(found.cameras)
        for topic, reason in found.unused:
            tell(f'not used: {topic}: {reason}')
    if not streams:
        for note in recording.notes:
            tell(f'note: {note}')
        for problem in recording.problems:
            tell(f'problem: {problem}')
        raise BagError(
            f'no camera in {", ".join(map(str, recording.paths))}; name one by --thermal or '
            f'--rgb; the topics are:{recording.listing()}'
        )
    for kind in contract.OUTPUTS:
        streams = _with_infos(recording, streams, kind, options.info_topics[kind])
    return streams


def _with_infos(
    recording: Recording, streams: list[CameraStream], kind: str, topics: Sequence[str]
) -> list[CameraStream]:
    """Assign the given camera_info topics to the cameras of a kind."""
    names = [absolute_topic(topic) for topic in topics]
    recording.require(names)
    for name in names:
        if recording.topics[name].type != contract.CAMERA_INFO:
            raise BagError(f'{name} is a {recording.topics[name].type}, not a camera_info')
    places = [index for index, stream in enumerate(streams) if stream.kind == kind]
    if len(names) > len(places):
        raise BagError(f'--{kind}-info: {len(names)} topics for {len(places)} {kind} cameras')
    changed = list(streams)
    for place, name in zip(places, names, strict=False):
        changed[place] = dataclasses.replace(streams[place], info_topic=name)
    return changed


def wheel_odometry(
    recording: Recording, topic: str, configs: Mapping[str, CameraConfig], scale: WheelScale
) -> WheelTopic | None:
    """Return the wheel odometry of a recording if a camera takes its scale from it.

    Raises:
        BagError: The topic is missing or no odometry.
    """
    if all(config.scale_source != 'wheel' for config in configs.values()):
        return None
    name = absolute_topic(topic)
    recording.require([name])
    if recording.topics[name].type != contract.ODOMETRY:
        raise BagError(f'{name} is a {recording.topics[name].type}, not odometry')
    return WheelTopic(name, scale)


def camera_pose(
    tree: Frames, base_frame: str, optical_frame: str, *, assume_forward: bool
) -> np.ndarray:
    """Return T_base_optical (4, 4).

    Raises:
        FrameError: There is no transform, and it is not assumed that the camera looks forward.
    """
    try:
        return tree.lookup(base_frame, optical_frame)
    except FrameError:
        if assume_forward:
            return T_FORWARD
        raise
