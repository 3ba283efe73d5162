# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A sequence of the odometry benchmark of KITTI."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files, natural_order
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    camera_streams,
    image_size,
    pinhole,
)
from thermal_depth_ros.datasets.clocks import stamps_of_file
from thermal_depth_ros.datasets.config import KittiConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.datasets.layouts.kitti_raw import rectified_mount, velodyne_sweep
from thermal_depth_ros.datasets.sequence import BASE, Mount, SequenceData, chosen_names
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    camera_name,
    lidar_stream,
    odometry_stream,
)
from thermal_depth_ros.datasets.text_files import entry, keyed_numbers, pose_matrices
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
        images = list_files(cameras[name], PICTURES)
        if not images:
            raise missing(cameras[name] / '000000.png', 'the images of the camera')
        stamps = stamps_of_file(folder / 'times.txt', len(images))
        key = f'P{name[-1]}'
        P = entry(calibration, values, key, (3, 4))
        camera = pinhole(P, image_size(images), f'{calibration}: {key}')
        named = camera_name(contract.RGB, name, name == names[0])
        data.streams += camera_streams(CameraFiles(named, images, stamps, camera), settings.images)
        mount = T_FORWARD @ rigid.invert(rectified_mount(P))
        data.mounts.append(Mount(BASE, named.frame_id, mount))
    if settings.lidar and (folder / 'velodyne').is_dir():
        _add_lidar(data, folder, stamps, entry(calibration, values, 'Tr', (3, 4)))
    _add_poses(data, folder, stamps)
    return data


def _add_lidar(data: SequenceData, folder: Path, stamps: np.ndarray, Tr: np.ndarray) -> None:
    sweeps = list_files(folder / 'velodyne', ('.bin',))
    numbers = [int(path.stem) if path.stem.isdecimal() else -1 for path in sweeps]
    if any(not 0 <= number < len(stamps) for number in numbers):
        raise DatasetError(
            f'{folder / "velodyne"}: {len(sweeps)} sweeps are not named by the numbers of '
            f'{len(stamps)} images'
        )
    data.streams.append(lidar_stream(stamps[numbers], lambda i: velodyne_sweep(sweeps[i])))
    T_camera_lidar = np.vstack([Tr, [0.0, 0.0, 0.0, 1.0]])
    data.mounts.append(Mount(BASE, LIDAR_FRAME, T_FORWARD @ T_camera_lidar))


def _add_poses(data: SequenceData, folder: Path, stamps: np.ndarray) -> None:
    path = folder.parent.parent / 'poses' / f'{folder.name}.txt'
    if not path.exists():
        data.notes.append(f'no {path.name} in poses, as for sequences 11 to 21')
        return
    T = pose_matrices(path, 'the pose of each image')
    if len(T) != len(stamps):
        raise DatasetError(f'{path}: {len(T)} poses for {len(stamps)} images')
    T_world_base = T_FORWARD @ T @ rigid.invert(T_FORWARD)
    data.streams.append(odometry_stream('/ground_truth/odometry', BASE, stamps, T_world_base))
