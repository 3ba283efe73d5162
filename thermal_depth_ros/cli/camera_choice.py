# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects the cameras of a recording for a command, and their settings."""

import argparse
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras, survey
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.storage import absolute_topic
from thermal_depth_ros.base import contract
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.file_settings import file_settings
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.geometry.frames import T_FORWARD, FrameError, Frames
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.pipeline import CONFIGS
from thermal_depth_ros.offline.run import WheelTopic

# The transport is what the recording has.
_NOT_OFFLINE = frozenset({'image_transport'})


def add_camera_options(made: argparse.ArgumentParser) -> None:
    """Add the options that `camera_configs`, `chosen_cameras` and `wheel_topic` read."""
    for kind in contract.OUTPUTS:
        made.add_argument(
            f'--{kind}',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'image topic of a {kind} camera; if any camera topic is given, only the '
            'given cameras are processed; may be repeated',
        )
        made.add_argument(
            f'--{kind}-info',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'camera_info topic of the {kind} camera, in the order of the image topics',
        )
    made.add_argument(
        '--wheel',
        default=f'/{contract.WHEEL_ODOMETRY_TOPIC}',
        metavar='TOPIC',
        help='wheel odometry topic, for scale_source wheel [%(default)s]',
    )
    made.add_argument(
        '--params-file', type=Path, metavar='FILE', help='ROS parameter file, as for the nodes'
    )
    made.add_argument(
        '--assume-forward',
        action='store_true',
        help='assume that a camera without a constant transform to the body sits at its '
        'origin looking forward; otherwise odometry requires the transform',
    )
    made.add_argument(
        '--tf-topics',
        nargs='+',
        default=[],
        metavar='TOPIC',
        help='topics of transforms to use, instead of tf_static and constant transforms '
        'on tf in the namespace of the camera',
    )
    for kind, config_class in CONFIGS.items():
        group = made.add_argument_group(f'{kind} camera')
        add_options(group, config_class, prefix=kind, leave_out=_NOT_OFFLINE)


def camera_configs(
    options: argparse.Namespace, beneath: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, CameraConfig]:
    """Return the settings of each kind of camera: of the options, else of the parameter file.

    Args:
        options: The command line.
        beneath: Settings by camera kind that hold where neither says anything.

    Raises:
        SettingsError: A value lies out of range, or the file cannot be read.
    """
    found: dict[str, CameraConfig] = {}
    for kind, config_class in CONFIGS.items():
        values = dict((beneath or {}).get(kind, {}))
        if options.params_file:
            values.update(file_settings(options.params_file, kind, config_class))
        found[kind] = chosen(options, config_class, kind, values)
    return found


def chosen_cameras(
    recording: Recording, options: argparse.Namespace, tell: Callable[[str], None]
) -> list[CameraStream]:
    """Return the cameras that the options name, or all that the recording has.

    Args:
        recording: Recording with the cameras.
        options: The command line.
        tell: Takes a line about every picture that is not used, and about damage.

    Raises:
        BagError: A topic is missing or of another type, or there is no camera.
    """
    named = [
        (kind, absolute_topic(topic))
        for kind in contract.OUTPUTS
        for topic in getattr(options, kind)
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
        topics = ''.join(f'\n  {name}  {info.words}' for name, info in recording.topics.items())
        raise BagError(
            f'no camera in {", ".join(map(str, recording.paths))}; name one by --thermal or '
            f'--rgb; the topics are:{topics or " none"}'
        )
    for kind in contract.OUTPUTS:
        streams = _with_infos(recording, streams, kind, getattr(options, f'{kind}_info'))
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


def wheel_topic(
    recording: Recording, topic: str, configs: Mapping[str, CameraConfig]
) -> WheelTopic | None:
    """Return the wheel odometry of a recording where a camera takes its scale from it.

    Raises:
        BagError: The topic is missing or no odometry.
    """
    if all(config.scale_source != 'wheel' for config in configs.values()):
        return None
    name = absolute_topic(topic)
    recording.require([name])
    if recording.topics[name].type != contract.ODOMETRY:
        raise BagError(f'{name} is a {recording.topics[name].type}, not odometry')
    return WheelTopic(name, WheelScale())


def placement(tree: Frames, base_frame: str, assume_forward: bool) -> Callable[[str], np.ndarray]:
    """Return a function that gives T_base_optical of an optical frame, or raises FrameError."""

    def place(frame_id: str) -> np.ndarray:
        try:
            return tree.lookup(base_frame, frame_id)
        except FrameError:
            if assume_forward:
                return T_FORWARD
            raise

    return place
