#!/usr/bin/env python3
# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cut the recordings under demo/ from the full ones. demo/README.md says what they are.

    make_demo_recording.py pair AERIAL_THERMAL8 HANDHELD_RGBD demo/recording
    make_demo_recording.py lepton LEPTON_THERMAL16.bag demo/recording_lepton
    make_demo_recording.py street DRIVING_LIDAR demo/recording_street

Image data stay as they are, byte for byte (`pair`), losslessly compressed (`lepton`), or at half
their size (`street`). Stamps are shifted, so that both cameras begin at the same moment; those of
`street` are one second apart, for its three cameras are played one after the other as one.
"""

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.bags.definitions import bag_typestore
from thermal_depth_ros.bags.poses import read_pose_track
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.truth.clouds import Projector, Sweep, read_sweep
from thermal_depth_ros.evaluation.truth.poses import PoseTruth
from thermal_depth_ros.geometry.frames import Frames
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.stamps import stamp_ns

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
STREET_CAMERAS = ('front', 'front_left', 'front_right')
STREET_PERIOD_NS = 10**9
STREET_JPEG_QUALITY = 88
STREET_DEPTH = '/ground_truth/rgb/depth/compressed'
FARTHEST_M = 65.5  # millimetres in 16 bits


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


def cut_street(source: Path) -> Iterator[Cut]:
    """Give all frames of three cameras as those of one, with the points of the LiDAR as depth."""
    number = 0
    with Recording(source) as recording:
        transforms = RecordedTransforms(recording)
        sweeps = [read_sweep(r.message) for r in recording.read(['/lidar/points'])]
        poses = PoseTruth.of(read_pose_track(recording, '/ground_truth/odometry', BASE_FRAME))
        places = recording.first(contract.TF_STATIC_TOPIC).message
        for transform in places.transforms:
            set_stamp(transform.header.stamp, START_NS)
        yield Cut(START_NS, contract.TF_STATIC_TOPIC, contract.TF_MESSAGE, places)
        for camera in STREET_CAMERAS:
            images, infos = (
                [r.message for r in recording.read([f'/{camera}/{name}'])]
                for name in ('image_rect/compressed', 'camera_info')
            )
            tree = transforms.of(f'/{camera}/image_rect/compressed')
            for image, info in zip(images, infos, strict=True):
                time_ns = START_NS + number * STREET_PERIOD_NS
                yield from street_frame(image, info, sweeps, tree, poses, time_ns)
                number += 1


def street_frame(
    image: Any, info: Any, sweeps: list[Sweep], tree: Frames, poses: PoseTruth, time_ns: int
) -> Iterator[Cut]:
    """Give image, camera_info and depth of one frame at half their size."""
    taken_ns = stamp_ns(image.header)
    sweep = min(sweeps, key=lambda one: abs(one.stamp_ns - taken_ns))
    halve_info(info)
    camera = camera_from_info(info)
    projector = Projector(camera, info.header.frame_id, tree, poses)
    depth_m = projector.depth_m(sweep, taken_ns)
    rgb = decode_camera_image(image, contract.RGB)
    half = cv2.resize(rgb, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    quality = [cv2.IMWRITE_JPEG_QUALITY, STREET_JPEG_QUALITY]
    done, data = cv2.imencode('.jpg', half[..., ::-1], quality)
    assert done
    image.data = data.reshape(-1)
    known = np.isfinite(depth_m) & (depth_m < FARTHEST_M)
    depth_mm = np.where(known, np.rint(1000 * depth_m), 0).astype(np.uint16)
    done, data = cv2.imencode('.png', depth_mm, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    assert done
    types = bag_typestore().types
    header = types['std_msgs/msg/Header'](
        types['builtin_interfaces/msg/Time'](*divmod(time_ns, 10**9)), info.header.frame_id
    )
    depth = types[contract.COMPRESSED_IMAGE](header, '16UC1; png compressed ', data.reshape(-1))
    for message in (image, info):
        set_stamp(message.header.stamp, time_ns)
    topic = '/' + contract.image_topic(contract.RGB, 'compressed')
    yield Cut(time_ns, topic, contract.COMPRESSED_IMAGE, image)
    yield Cut(time_ns, '/' + contract.camera_info_topic(contract.RGB), contract.CAMERA_INFO, info)
    yield Cut(time_ns, STREET_DEPTH, contract.COMPRESSED_IMAGE, depth)


def halve_info(info: Any) -> None:
    """Change a camera_info to an image of half the width and height."""
    info.width, info.height = info.width // 2, info.height // 2
    for name, columns in (('k', 3), ('p', 4)):
        matrix = np.array(getattr(info, name))
        matrix[[0, columns + 1]] /= 2
        # Pixel centres have whole numbers.
        places = [2, columns + 2]
        matrix[places] = (matrix[places] + 0.5) / 2 - 0.5
        setattr(info, name, matrix)


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
    """Run one of the cuts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parsers = parser.add_subparsers(dest='what', required=True)
    pair = parsers.add_parser('pair', help='thermal and RGB camera together')
    pair.add_argument('aerial', type=Path, help='recording aerial_thermal8')
    pair.add_argument('handheld', type=Path, help='recording handheld_rgbd')
    lepton = parsers.add_parser('lepton', help='16-bit thermal camera')
    lepton.add_argument('source', type=Path, help='recording lepton_thermal16')
    street = parsers.add_parser('street', help='three RGB cameras of a car, and its LiDAR')
    street.add_argument('source', type=Path, help='recording driving_lidar')
    for sub in (pair, lepton, street):
        sub.add_argument('output', type=Path, help='folder to write')
    arguments = parser.parse_args()
    if arguments.what == 'pair':
        cuts = [
            mounts(list(NOMINAL_MOUNTS_M)),
            *cut(arguments.aerial, contract.THERMAL, AERIAL_FRAMES),
            *cut(arguments.handheld, contract.RGB, HANDHELD_FRAMES),
        ]
    elif arguments.what == 'street':
        cuts = list(cut_street(arguments.source))
    else:
        cuts = [mounts(['thermal_optical_frame']), *cut_lepton(arguments.source, LEPTON_FRAMES)]
    write(cuts, arguments.output)


if __name__ == '__main__':
    main()
