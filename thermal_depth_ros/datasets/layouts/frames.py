# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Videos and folders of images, as people have them, with what lies beside the images.

<video>.mp4   <sequence>/{*.png,images/*.png}   <sequence>/{depth,labels}/*   <sequence>/poses.txt
<sequence>/timestamps.txt
"""

import dataclasses
import functools
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.prepared_folder import START_NS
from thermal_depth_ros.bags.timestamps import stamps_in_names
from thermal_depth_ros.base.listing import list_files, list_folders
from thermal_depth_ros.datasets.calibration import camera_of_file
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    by_stem,
    camera_streams,
    image_size,
)
from thermal_depth_ros.datasets.clocks import stamps_of_file
from thermal_depth_ros.datasets.config import FramesConfig
from thermal_depth_ros.datasets.errors import DatasetError, nothing_found
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData
from thermal_depth_ros.datasets.streams import (
    CameraName,
    image_stream,
    info_stream,
    odometry_stream,
)
from thermal_depth_ros.datasets.trajectory_files import trajectory
from thermal_depth_ros.datasets.videos import VIDEOS, Video
from thermal_depth_ros.geometry.frames import T_FORWARD

_IMAGES = 'images'


def plans(source: Path, settings: FramesConfig) -> list[Plan]:
    """Return the videos and folders of images: the source itself, or those in it.

    Raises:
        DatasetError: There are none.
    """
    if source.is_file():
        return [Plan(source.stem, functools.partial(read_video, source, settings))]
    found = []
    folders = [source] if _images(source) else [source, *list_folders(source)]
    for folder in folders:
        found += [
            Plan(path.stem, functools.partial(read_video, path, settings))
            for path in list_files(folder, VIDEOS)
        ]
        if _images(folder):
            found.append(Plan(folder.name, functools.partial(_read_folder, folder, settings)))
    if not found:
        raise nothing_found(source, 'images', ['a video', 'images', '<sequence>/*.png'])
    return found


def read_video(path: Path, settings: FramesConfig) -> SequenceData:
    """Open a video.

    Raises:
        DatasetError: It cannot be read, or the calibration does not fit it.
    """
    name = CameraName(settings.camera)
    video = Video(path, name, settings.images)
    if not video.count:
        raise DatasetError(f'{path}: a video without frames')
    rate = settings.rate_hz or video.rate_hz()
    stamps = _start_ns(settings) + np.round(np.arange(video.count) * 1e9 / rate).astype(np.int64)
    data = SequenceData([image_stream(name, stamps, video.build, settings.images)])
    data.mounts.append(Mount(BASE, name.frame_id, T_FORWARD))
    data.notes.append(f'frames of a video at {rate:g} Hz')
    if settings.calibration:
        topic = name.image_topic(settings.images)
        camera = camera_of_file(settings.calibration, topic, video.size)
        data.streams.append(info_stream(name, stamps, camera))
    else:
        data.notes.append('no --calibration: without camera_info')
    return data


def _images(folder: Path) -> list[Path]:
    inner = folder / _IMAGES
    return list_files(inner if inner.is_dir() else folder, PICTURES)


def _read_folder(folder: Path, settings: FramesConfig) -> SequenceData:
    name, images = CameraName(settings.camera), _images(folder)
    data = SequenceData([])
    stamps = _stamps(folder, images, settings, data.notes)
    files = CameraFiles(name, images, stamps)
    if settings.calibration:
        topic = name.image_topic(settings.images)
        camera = camera_of_file(settings.calibration, topic, image_size(images))
        files = dataclasses.replace(files, camera=camera)
    else:
        data.notes.append('no --calibration: without camera_info')
    depth = list_files(folder / 'depth', ('.npy', '.png'))
    if any(path.suffix.lower() == '.png' for path in depth) and not settings.units_per_metre:
        raise DatasetError(
            f'{depth[0]}: depth of 16 bits does not say its unit; --units-per-metre does: 1000 for '
            'millimetres, 256 as in KITTI'
        )
    files = dataclasses.replace(
        files,
        depth=by_stem(images, depth),
        labels=by_stem(images, list_files(folder / 'labels', ('.png',))),
        units_per_metre=settings.units_per_metre or 1.0,
    )
    data.streams += camera_streams(files, settings.images)
    data.mounts.append(Mount(BASE, name.frame_id, T_FORWARD))
    poses = folder / settings.trajectory
    if settings.trajectory and poses.is_file():
        times, T = trajectory(poses, stamps)
        topic = name.truth_topic('odometry')
        data.streams.append(odometry_stream(topic, name.frame_id, times, T))
    return data


def _stamps(
    folder: Path, images: list[Path], settings: FramesConfig, notes: list[str]
) -> np.ndarray:
    """Return the stamps of images: of the rate, of a file, or of their names."""
    if settings.rate_hz:
        steps = np.round(np.arange(len(images)) * 1e9 / settings.rate_hz)
        return _start_ns(settings) + steps.astype(np.int64)
    if (folder / 'timestamps.txt').is_file():
        return stamps_of_file(folder / 'timestamps.txt', len(images))
    times = stamps_in_names([path.stem for path in images])
    if times is None or not times.absolute or (np.diff(times.stamps_ns) <= 0).any():
        raise DatasetError(
            f'{folder}: no timestamps.txt, and the names of the images are no times; --rate-hz '
            'gives their rate'
        )
    notes.append(f'the names of the images are {times.read_as}')
    return times.stamps_ns


def _start_ns(settings: FramesConfig) -> int:
    if not settings.start:
        return START_NS
    times = stamps_in_names([settings.start])
    if times is None:
        raise DatasetError(f'--start {settings.start}: no date, such as 2024-05-01T12:00:00Z')
    return int(times.stamps_ns[0])
