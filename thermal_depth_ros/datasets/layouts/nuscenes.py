# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""nuScenes: scenes of the front camera, with depth and classes of the LiDAR at keyframes.

    v1.0-trainval/{scene,sample,sample_data,ego_pose,calibrated_sensor,sensor}.json
    v1.0-trainval/{category,lidarseg}.json   lidarseg/v1.0-trainval/*_lidarseg.bin
    samples/<channel>/*   sweeps/<channel>/*

Recordings are named by split, light and weather: `val/night-clear/scene-1059`.
"""

import dataclasses
import functools
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_folders
from thermal_depth_ros.datasets.cameras import CameraFiles, camera_streams, image_size, pinhole
from thermal_depth_ros.datasets.config import NuscenesConfig
from thermal_depth_ros.datasets.errors import DatasetError, inside, nothing_found
from thermal_depth_ros.datasets.layouts.nuscenes_lidar import KeyframeMaps, read_lidar
from thermal_depth_ros.datasets.layouts.nuscenes_tables import LIDAR, Scene, SensorData, Tables
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData, Stream
from thermal_depth_ros.datasets.splits import require_names, split_lines
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    CameraName,
    camera_name,
    lidar_stream,
    odometry_stream,
)
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.labels import label_info

_LISTS = ('splits.json', 'splits.py', '{}.txt')


def plans(source: Path, settings: NuscenesConfig) -> list[Plan]:
    """Return the scenes.

    Raises:
        DatasetError: There are no tables, or the list of the split does not fit them.
    """
    if (source / 'scene.json').is_file():  # the folder of the tables itself
        settings = dataclasses.replace(settings, version=source.name)
        source = source.parent
    tables = Tables(source, _version(source, settings), settings.cameras)
    scenes = {scene.name: scene for scene in tables.scenes}
    chosen = list(scenes)
    if settings.split:
        lines = split_lines(source, settings.split, settings.split_file, _LISTS)
        names = [words[0] for words in lines]
        require_names(names, scenes, settings.split, 'scenes', settings.partial)
        chosen = [name for name in dict.fromkeys(names) if name in scenes]
    return [
        Plan(
            '/'.join(part for part in (settings.split, condition(scenes[name]), name) if part),
            functools.partial(_read_scene, source, tables, scenes[name], settings),
        )
        for name in chosen
    ]


def condition(scene: Scene) -> str:
    """Return light and weather of a scene by the words of its description: day-clear and so on."""
    words = scene.description.lower()
    light = 'night' if 'night' in words else 'day'
    return f'{light}-{"rain" if "rain" in words else "clear"}'


def _version(source: Path, settings: NuscenesConfig) -> str:
    there = [path.name for path in list_folders(source) if (path / 'scene.json').is_file()]
    if not there:
        raise nothing_found(source, 'nuScenes', ['v1.0-<version>/scene.json'])
    if settings.version and settings.version not in there:
        raise DatasetError(f'{source}: no tables {settings.version}; there are {", ".join(there)}')
    if not settings.version and len(there) > 1:
        raise DatasetError(f'{source}: tables of {", ".join(there)}; --version names one')
    return settings.version or there[0]


def _read_scene(
    source: Path, tables: Tables, scene: Scene, settings: NuscenesConfig
) -> SequenceData:
    data = SequenceData([])
    keyframes = {shot.sample: shot for shot in tables.shots(scene, LIDAR) if shot.key_frame}
    poses: list[SensorData] = list(keyframes.values())
    for channel in settings.cameras:
        shots = [shot for shot in tables.shots(scene, channel) if settings.sweeps or shot.key_frame]
        if not shots:
            raise DatasetError(f'{scene.name}: no images of {channel}')
        poses += shots
        name = camera_name(contract.RGB, channel, channel == settings.cameras[0])
        _add_camera(data, source, tables, name, shots, keyframes, settings.images)
    if settings.lidar and keyframes:
        _add_lidar(data, source, tables, list(keyframes.values()))
    data.streams.append(_poses(tables, poses))
    return data


def _add_camera(
    data: SequenceData,
    source: Path,
    tables: Tables,
    name: CameraName,
    shots: list[SensorData],
    keyframes: dict[str, SensorData],
    transport: str,
) -> None:
    files = [inside(source, shot.filename, 'sample_data.json') for shot in shots]
    absent = [path for path in files if not path.is_file()]
    if len(absent) == len(files):
        raise DatasetError(
            f'{absent[0]}: missing, as all images of the scene: its part of the data set is not '
            'here'
        )
    stamps = np.array([shot.timestamp_us * 1000 for shot in shots], np.int64)
    sensor = tables.sensor(shots[0])
    size = image_size([path for path in files if path.is_file()])
    camera = pinhole(sensor.K, size, f'{shots[0].filename}: camera_intrinsic')
    data.streams += camera_streams(CameraFiles(name, files, stamps, camera), transport)
    data.mounts.append(Mount(BASE, name.frame_id, sensor.T_base_sensor))
    pairs = [(shot, keyframes[shot.sample]) for shot in shots if shot.sample in keyframes]
    pairs = [pair for pair in pairs if pair[0].key_frame]
    if not pairs:
        return
    maps = KeyframeMaps(source, tables, camera, pairs)
    own = np.array([shot.timestamp_us * 1000 for shot, _ in pairs], np.int64)
    topic = name.truth_topic('depth')
    data.streams.append(Stream(topic, contract.IMAGE, own, maps.depth(name.frame_id)))
    if tables.has_labels:
        labels = Stream(name.truth_topic('labels'), contract.IMAGE, own, maps.labels(name.frame_id))
        data.streams += [labels, *_label_names(tables, name, own[:1])]


def _label_names(tables: Tables, name: CameraName, stamps: np.ndarray) -> list[Stream]:
    names = tables.label_names
    if not names:
        return []
    labels = LabelSet(names, ((0, 0, 0),) * len(names))

    def build(_index: int, stamp_ns: int) -> Any:
        return label_info(bag_types(), labels, stamp_ns, name.frame_id)

    topic = name.truth_topic('label_info')
    return [Stream(topic, contract.LABEL_INFO, stamps, build, latched=True)]


def _add_lidar(data: SequenceData, source: Path, tables: Tables, sweeps: list[SensorData]) -> None:
    stamps = np.array([shot.timestamp_us * 1000 for shot in sweeps], np.int64)

    def read(index: int) -> tuple[np.ndarray, np.ndarray]:
        points = read_lidar(source, sweeps[index].filename)
        return points[:, :3], points[:, 3]

    data.streams.append(lidar_stream(stamps, read))
    data.mounts.append(Mount(BASE, LIDAR_FRAME, tables.sensor(sweeps[0]).T_base_sensor))


def _poses(tables: Tables, shots: list[SensorData]) -> Stream:
    """Return the poses of the vehicle at the times of all images and sweeps."""
    by_time = {shot.timestamp_us: shot for shot in shots}
    times = sorted(by_time)
    T = np.stack([tables.T_world_base(by_time[time]) for time in times])
    T[:, :3, 3] -= T[0, :3, 3].copy()
    stamps = np.array(times, np.int64) * 1000
    return odometry_stream('/ground_truth/odometry', BASE, stamps, T)
