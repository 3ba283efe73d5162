#!/usr/bin/env python3
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cut the recordings under demo/ from the full ones. demo/README.md says what they are.

    make_demo_recording.py pair AERIAL_THERMAL8 HANDHELD_RGBD demo/recording
    make_demo_recording.py lepton LEPTON_THERMAL16.bag demo/recording_lepton

Image data stay as they are, byte for byte (`pair`) or losslessly compressed (`lepton`). Only
stamps are shifted, so that both cameras begin at the same moment.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.bags.definitions import bag_typestore
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract

START_NS = 1_700_000_000 * 10**9
BASE_FRAME = 'base_link'
# x right, y down, z forward (optical) seen from x forward, y left, z up (REP 103).
OPTICAL_QUATERNION = (-0.5, 0.5, -0.5, 0.5)
NOMINAL_MOUNTS_M = {
    'thermal_optical_frame': (0.50, 0.10, 1.20),
    'rgb_optical_frame': (0.50, -0.10, 1.20),
}
# 19 frames in 24.5 s without a gap longer than 2 s: a road with parked cars and trees.
AERIAL_FRAMES = range(116, 135)
# Every second frame of 240 at 15 Hz: 16 s at 7.5 Hz.
HANDHELD_FRAMES = range(0, 240, 2)
LEPTON_FRAMES = range(0, 60)


@dataclasses.dataclass(frozen=True)
class Cut:
    """One message to write."""

    time_ns: int
    topic: str
    type: str
    message: Any


def cut(source: Path, kind: str, frames: range) -> Iterator[Cut]:
    """Give the chosen frames of a compressed camera with their camera_info, stamps shifted."""
    image = '/' + contract.image_topic(kind, 'compressed')
    info = '/' + contract.camera_info_topic(kind)
    with Recording(source) as recording:
        for topic in (image, info):
            chosen = [r for i, r in enumerate(recording.read([topic])) if i in frames]
            first_ns = chosen[0].time_ns
            for record in chosen:
                yield shifted(record, record.time_ns - first_ns + START_NS)


def shifted(record: Record, time_ns: int) -> Cut:
    """Return a message with another stamp and nothing else changed."""
    message = record.message
    set_stamp(message.header.stamp, time_ns)
    return Cut(time_ns, record.topic, record.type, message)


def set_stamp(stamp: Any, time_ns: int) -> None:
    """Write nanoseconds into a builtin_interfaces/Time."""
    stamp.sec, stamp.nanosec = divmod(time_ns, 10**9)


def cut_lepton(source: Path, frames: range) -> Iterator[Cut]:
    """Give raw 16-bit frames as lossless 16-bit PNG."""
    types = bag_typestore().types
    topic = '/' + contract.image_topic(contract.THERMAL, 'compressed')
    with Recording(source) as recording:
        for index, record in enumerate(recording.read()):
            if index not in frames:
                continue
            if index == frames.start:
                first_ns = record.time_ns
            image = record.message
            counts = np.frombuffer(image.data, '<u2').reshape(image.height, image.width)
            done, data = cv2.imencode('.png', counts, [cv2.IMWRITE_PNG_COMPRESSION, 9])
            assert done and np.array_equal(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), counts)
            time_ns = record.time_ns - first_ns + START_NS
            header = types['std_msgs/msg/Header'](
                types['builtin_interfaces/msg/Time'](*divmod(time_ns, 10**9)),
                image.header.frame_id,
            )
            message = types[contract.COMPRESSED_IMAGE](header, 'mono16; png compressed ', data)
            yield Cut(time_ns, topic, contract.COMPRESSED_IMAGE, message)


def mounts(frames: list[str]) -> Cut:
    """Return the static transforms base_link -> optical frame of nominal forward mounts."""
    types = bag_typestore().types
    transforms = []
    for frame in frames:
        header = types['std_msgs/msg/Header'](
            types['builtin_interfaces/msg/Time'](*divmod(START_NS, 10**9)), BASE_FRAME
        )
        transform = types['geometry_msgs/msg/Transform'](
            types['geometry_msgs/msg/Vector3'](*NOMINAL_MOUNTS_M[frame]),
            types['geometry_msgs/msg/Quaternion'](*OPTICAL_QUATERNION),
        )
        stamped = types['geometry_msgs/msg/TransformStamped']
        transforms.append(stamped(header, frame, transform))
    message = types[contract.TF_MESSAGE](transforms)
    return Cut(START_NS, contract.TF_STATIC_TOPIC, contract.TF_MESSAGE, message)


def write(cuts: list[Cut], output: Path) -> None:
    """Write all messages in order of time."""
    with RecordingWriter(output, overwrite=True) as writer:
        for item in sorted(
            cuts, key=lambda c: (c.time_ns, c.topic != contract.TF_STATIC_TOPIC, c.topic)
        ):
            latched = item.topic == contract.TF_STATIC_TOPIC
            writer.write(item.topic, item.type, item.message, item.time_ns, latched=latched)


def main() -> None:
    """Run one of the two cuts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parsers = parser.add_subparsers(dest='what', required=True)
    pair = parsers.add_parser('pair', help='thermal and RGB camera together')
    pair.add_argument('aerial', type=Path, help='recording aerial_thermal8')
    pair.add_argument('handheld', type=Path, help='recording handheld_rgbd')
    lepton = parsers.add_parser('lepton', help='16-bit thermal camera')
    lepton.add_argument('source', type=Path, help='recording lepton_thermal16')
    for sub in (pair, lepton):
        sub.add_argument('output', type=Path, help='folder to write')
    arguments = parser.parse_args()
    if arguments.what == 'pair':
        cuts = [
            mounts(list(NOMINAL_MOUNTS_M)),
            *cut(arguments.aerial, contract.THERMAL, AERIAL_FRAMES),
            *cut(arguments.handheld, contract.RGB, HANDHELD_FRAMES),
        ]
    else:
        cuts = [mounts(['thermal_optical_frame']), *cut_lepton(arguments.source, LEPTON_FRAMES)]
    write(cuts, arguments.output)


if __name__ == '__main__':
    main()
