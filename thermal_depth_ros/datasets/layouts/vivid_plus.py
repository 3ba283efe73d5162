# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ViViD++: ROS 1 bags, with poses and calibration beside them.

    **/<sequence>.bag   loamposes/<sequence>_optimized_poses.txt   loamposes/<sequence>_times.txt

Stamps are those of the headers; the times of recording are documented as wrong.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_tree
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.datasets.calibration import camera_of_file
from thermal_depth_ros.datasets.clocks import stamps_of_file
from thermal_depth_ros.datasets.config import VividPlusConfig
from thermal_depth_ros.datasets.errors import DatasetError, nothing_found
from thermal_depth_ros.datasets.recorded_topics import (
    first_topic,
    recorded_stamps,
    recorded_stream,
)
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData, Stream
from thermal_depth_ros.datasets.streams import (
    FILES,
    LIDAR_FRAME,
    LIDAR_TOPIC,
    RAW,
    CameraName,
    info_stream,
    odometry_stream,
)
from thermal_depth_ros.datasets.text_files import pose_matrices, rigid_of
from thermal_depth_ros.datasets.trajectory_files import tum_trajectory
from thermal_depth_ros.geometry.frames import T_FORWARD

_RGB_TOPICS = ['/camera/image_color', '/rgb/image']
_LIDAR_TOPICS = ['/os1_cloud_node/points', '/velodyne_points']
_FRAMES = {
    'base': BASE,
    'lidar': LIDAR_FRAME,
    contract.THERMAL: CameraName(contract.THERMAL).frame_id,
    contract.RGB: CameraName(contract.RGB).frame_id,
}
_POSE_FOLDERS = ('loamposes', 'pose')


def plans(source: Path, settings: VividPlusConfig) -> list[Plan]:
    """Return the bags of the folder and all folders in it.

    Raises:
        DatasetError: There are none, or the mounts cannot be read.
    """
    files = [source] if source.is_file() else list_tree(source) if source.is_dir() else []
    bags = [path for path in files if path.suffix == '.bag']
    if not bags:
        raise nothing_found(source, 'ViViD++', ['<sequence>.bag'])
    if settings.pose_frame not in _FRAMES:
        raise DatasetError(f'--pose-frame {settings.pose_frame}: none of {", ".join(_FRAMES)}')
    mounts = _mounts(settings)
    return [Plan(path.stem, functools.partial(_read, path, mounts, settings)) for path in bags]


def _mounts(settings: VividPlusConfig) -> list[Mount]:
    """Return the extrinsics of a YAML file: `child: {parent: ..., matrix: [16 numbers]}`."""
    if not settings.mounts:
        return [Mount(BASE, _FRAMES[contract.THERMAL], T_FORWARD)]
    path = Path(settings.mounts).expanduser()
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise DatasetError(f'{path}: {error}') from error
    if not isinstance(content, Mapping) or not content:
        raise DatasetError(f'{path}: not a list of `child: {{parent: ..., matrix: ...}}`')
    return [_mount(path, str(child), entry) for child, entry in content.items()]


def _mount(path: Path, child: str, entry: Any) -> Mount:
    parent = entry.get('parent') if isinstance(entry, Mapping) else None
    for name in (child, parent):
        if name not in _FRAMES:
            raise DatasetError(f'{path}: {child}: {name!r} is none of {", ".join(_FRAMES)}')
    try:
        T = np.array(entry.get('matrix'), np.float64).reshape(4, 4)
    except (TypeError, ValueError) as error:
        raise DatasetError(f'{path}: {child}: no matrix of 16 numbers: {error}') from error
    matrix = rigid_of(path, f'{child}: the matrix', T[:3, :3], T[:3, 3])
    return Mount(_FRAMES[str(parent)], _FRAMES[child], matrix)


def _read(path: Path, mounts: list[Mount], settings: VividPlusConfig) -> SequenceData:
    recording = Recording(path)
    try:
        return _of_recording(path, recording, mounts, settings)
    except BaseException:
        recording.close()
        raise


def _of_recording(
    path: Path, recording: Recording, mounts: list[Mount], settings: VividPlusConfig
) -> SequenceData:
    there = recording.topics
    cameras = {
        contract.THERMAL: first_topic(there, [settings.thermal_topic]),
        contract.RGB: first_topic(
            there, [settings.rgb_topic] if settings.rgb_topic else _RGB_TOPICS
        ),
    }
    cameras = {kind: topic for kind, topic in cameras.items() if topic}
    lidar = first_topic(there, [settings.lidar_topic] if settings.lidar_topic else _LIDAR_TOPICS)
    if not cameras:
        raise DatasetError(
            f'{path}: neither {settings.thermal_topic} nor an RGB camera; it has:'
            f'{recording.listing()}'
        )
    stamps = recorded_stamps(recording, [*cameras.values(), *([lidar] if lidar else [])])
    data = SequenceData([], list(mounts), close=recording.close)
    for kind, topic in cameras.items():
        name = CameraName(kind)
        is_raw = there[topic].type == contract.IMAGE
        renamed = name.image_topic(RAW if is_raw else FILES)
        own = stamps[topic]
        data.streams.append(recorded_stream(recording, topic, own, renamed, name.frame_id))
        data.streams += _info(recording, kind, topic, own, settings, data.notes)
    if lidar:
        data.streams.append(
            recorded_stream(recording, lidar, stamps[lidar], LIDAR_TOPIC, LIDAR_FRAME)
        )
        if not any(LIDAR_FRAME in (m.parent, m.child) for m in mounts):
            data.notes.append('no mount of the LiDAR (--mounts), so that it cannot be projected')
    data.streams += _poses(path, settings, data.notes)
    return data


def _info(
    recording: Recording,
    kind: str,
    topic: str,
    stamps: np.ndarray,
    settings: VividPlusConfig,
    notes: list[str],
) -> list[Stream]:
    given = settings.thermal_calibration if kind == contract.THERMAL else settings.rgb_calibration
    if not given:
        notes.append(f'no --{kind}-calibration: {topic} is without camera_info')
        return []
    record = recording.first(topic)
    assert record is not None, 'it has messages'
    message: Any = record.message
    size = (int(message.width), int(message.height)) if hasattr(message, 'width') else None
    return [info_stream(CameraName(kind), stamps, camera_of_file(given, topic, size))]


def _poses(path: Path, settings: VividPlusConfig, notes: list[str]) -> list[Stream]:
    """Return the poses of a sequence: a matrix in each line and a file of times, or TUM lines."""
    if settings.poses:
        folders = [Path(settings.poses).expanduser()]
    else:
        folders = [place / name for place in (path.parent, path.parent.parent)
                   for name in _POSE_FOLDERS]  # fmt: skip
    frame = _FRAMES[settings.pose_frame]
    topic = '/ground_truth/odometry' if frame == BASE else f'/ground_truth/{frame}/odometry'
    for folder in folders:
        poses = folder / f'{path.stem}_optimized_poses.txt'
        if poses.is_file():
            T = pose_matrices(poses, 'the poses')
            times = stamps_of_file(folder / f'{path.stem}_times.txt', len(T))
            return [odometry_stream(topic, frame, times, T)]
        if (folder / f'{path.stem}.txt').is_file():
            return [odometry_stream(topic, frame, *tum_trajectory(folder / f'{path.stem}.txt'))]
    notes.append(f'no poses: neither {path.stem}_optimized_poses.txt nor {path.stem}.txt beside it')
    return []
