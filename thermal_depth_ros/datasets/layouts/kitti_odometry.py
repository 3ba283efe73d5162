# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A sequence of the odometry benchmark of KITTI."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import natural_order
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    camera_streams,
    image_size,
    pinhole,
)
from thermal_depth_ros.datasets.clocks import stamps_of_file, stamps_of_lines
from thermal_depth_ros.datasets.config import KittiConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.datasets.layouts.kitti_raw import numbered, rectified_mount, velodyne_sweep
from thermal_depth_ros.datasets.sequence import BASE, Mount, SequenceData, chosen_names
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    camera_name,
    lidar_stream,
    odometry_stream,
)
from thermal_depth_ros.datasets.text_files import (
    entry,
    keyed_numbers,
    lines_of,
    pose_matrices,
    read_text,
)
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.frames import T_FORWARD


def read_odometry(folder: Path, settings: KittiConfig) -> SequenceData:
    """Open a sequence; base_link is the first camera, with axes forward, left and up.

    Raises:
        DatasetError, BagError: A file is missing, or does not fit the others.
    """
    cameras = {
        f'image_0{path.name[-1]}': path for path in natural_order(folder.glob('image_[0-3]'))
    }
    names = chosen_names(settings.cameras, list(cameras), folder, 'camera')
    calibration = folder / 'calib.txt'
    values = keyed_numbers(calibration, 'P0 to P3 and Tr')
    data = SequenceData([])
    stamps = np.zeros(0, np.int64)
    for name in names:
        images = numbered(cameras[name], PICTURES)
        if not images:
            raise missing(cameras[name] / '000000.png', 'the images of the camera')
        stamps = stamps_of_lines(folder / 'times.txt', [int(path.stem) for path in images])
        key = f'P{name[-1]}'
        P = entry(calibration, values, key, (3, 4))
        camera = pinhole(P, image_size(images), f'{calibration}: {key}')
        named = camera_name(contract.RGB, name, name == names[0])
        data.streams += camera_streams(CameraFiles(named, images, stamps, camera), settings.images)
        mount = T_FORWARD @ rigid.invert(rectified_mount(P))
        data.mounts.append(Mount(BASE, named.frame_id, mount))
    if settings.lidar and (folder / 'velodyne').is_dir():
        _add_lidar(data, folder, calibration, values)
    _add_poses(data, folder, stamps[[0, -1]])
    return data


def _add_lidar(
    data: SequenceData, folder: Path, calibration: Path, values: Mapping[str, np.ndarray]
) -> None:
    if 'Tr' not in values:
        data.notes.append(f'no entry Tr in {calibration}: the LiDAR is left out')
        return
    sweeps = numbered(folder / 'velodyne', ('.bin',))
    stamps = stamps_of_lines(folder / 'times.txt', [int(path.stem) for path in sweeps])
    data.streams.append(lidar_stream(stamps, lambda i: velodyne_sweep(sweeps[i])))
    Tr = entry(calibration, values, 'Tr', (3, 4))
    T_camera_lidar = np.vstack([Tr, [0.0, 0.0, 0.0, 1.0]])
    data.mounts.append(Mount(BASE, LIDAR_FRAME, T_FORWARD @ T_camera_lidar))


def _add_poses(data: SequenceData, folder: Path, span_ns: np.ndarray) -> None:
    """Add the poses of the frames from the first to the last image."""
    path = folder.parent.parent / 'poses' / f'{folder.name}.txt'
    if not path.exists():
        data.notes.append(f'no {path.name} in poses, as for sequences 11 to 21')
        return
    T = pose_matrices(path, 'the pose of each image')
    times = folder / 'times.txt'
    count = len(lines_of(read_text(times, 'the time of each image')))
    if len(T) != count:
        raise DatasetError(f'{path}: {len(T)} poses, but {times} has {count} times')
    stamps = stamps_of_file(times, count)
    inside = (stamps >= span_ns[0]) & (stamps <= span_ns[1])
    T_world_base = T_FORWARD @ T[inside] @ rigid.invert(T_FORWARD)
    stream = odometry_stream('/ground_truth/odometry', BASE, stamps[inside], T_world_base)
    data.streams.append(stream)
