# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Boreas: the rectified camera, the LiDAR, and poses of GPS and IMU.

    boreas-<date>/{camera/*.png,lidar/*.bin,applanix/camera_poses.csv}
    boreas-<date>/calib/{P_camera,T_camera_lidar,T_applanix_lidar}.txt

`base_link` has the place of the Applanix unit, and axes forward, left, up.
"""

import functools
from pathlib import Path

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files, list_folders
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    camera_streams,
    image_size,
    pinhole,
)
from thermal_depth_ros.datasets.clocks import stamps_of_microseconds
from thermal_depth_ros.datasets.config import BoreasConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing, nothing_found
from thermal_depth_ros.datasets.sequence import BASE, Mount, Plan, SequenceData, Stream
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    CameraName,
    lidar_stream,
    odometry_stream,
    read_points,
)
from thermal_depth_ros.datasets.text_files import floats, matrix, rigid_of, table
from thermal_depth_ros.geometry import rigid

_LIDAR_COLUMNS = 6  # x, y, z, intensity, laser, time
_POSE_COLUMNS = 10  # time, position, velocity, roll, pitch, yaw; more follow
# From axes forward, left, up to right, forward, up.
_T_APPLANIX_BASE = np.array([[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


def plans(source: Path, settings: BoreasConfig) -> list[Plan]:
    """Return the sequences: the folder itself, or those in it.

    Raises:
        DatasetError: There are none.
    """
    folders = [
        path
        for path in (source, *list_folders(source))
        if (path / 'camera').is_dir() and (path / 'calib').is_dir()
    ]
    if not folders:
        raise nothing_found(source, 'Boreas', ['boreas-<date>/camera and calib'])
    return [Plan(path.name, functools.partial(_read, path, settings)) for path in folders]


def _read(folder: Path, settings: BoreasConfig) -> SequenceData:
    images = list_files(folder / 'camera', PICTURES)
    if not images:
        raise missing(folder / 'camera' / '<time>.png', 'the images of the camera')
    name = CameraName(contract.RGB)
    path = folder / 'calib' / 'P_camera.txt'
    P = matrix(path, (-1, 4), 'the projection matrix of the camera')
    camera = pinhole(P[:3, :3], image_size(images), path)
    stamps = stamps_of_microseconds(images)
    data = SequenceData(camera_streams(CameraFiles(name, images, stamps, camera), settings.images))
    T_base_lidar = rigid.invert(_T_APPLANIX_BASE) @ _motion(folder, 'T_applanix_lidar.txt')
    T_base_camera = T_base_lidar @ rigid.invert(_motion(folder, 'T_camera_lidar.txt'))
    data.mounts.append(Mount(BASE, name.frame_id, T_base_camera))
    data.mounts.append(Mount(BASE, LIDAR_FRAME, T_base_lidar))
    sweeps = list_files(folder / 'lidar', ('.bin',))
    if settings.lidar and sweeps:

        def read(index: int) -> tuple[np.ndarray, np.ndarray]:
            points = read_points(sweeps[index], _LIDAR_COLUMNS)
            return points[:, :3], points[:, 3]

        data.streams.append(lidar_stream(stamps_of_microseconds(sweeps), read))
    poses = folder / 'applanix' / 'camera_poses.csv'
    if poses.is_file():
        data.streams.append(_poses(poses, name))
    else:
        data.notes.append('no applanix/camera_poses.csv, as for test sequences')
    return data


def _motion(folder: Path, name: str) -> np.ndarray:
    path = folder / 'calib' / name
    T = matrix(path, (4, 4), 'a matrix of 4x4 numbers')
    return rigid_of(path, 'the matrix', T[:3, :3], T[:3, 3])


def _poses(path: Path, name: CameraName) -> Stream:
    """Return the poses of the camera, east-north-up, from the first position."""
    rows = table(path, _POSE_COLUMNS, 'time, position, velocity, roll, pitch, yaw')
    if not rows:
        raise DatasetError(f'{path}: no poses')
    stamps, T = [], np.tile(np.eye(4), (len(rows), 1, 1))
    for index, row in enumerate(rows):
        values = floats(path, index + 1, row[1:_POSE_COLUMNS])
        if not row[0].isdecimal():
            raise DatasetError(f'{path}: {row[0]!r} is no time in microseconds')
        stamps.append(int(row[0]) * 1000)
        T[index, :3, 3] = values[:3]
        # Their matrices of angles turn axes, not vectors: the transpose of REP 103.
        T[index, :3, :3] = rigid.from_roll_pitch_yaw(*values[6:9]).T
    T[:, :3, 3] -= T[0, :3, 3].copy()
    own = np.array(stamps, np.int64)
    if (np.diff(own) <= 0).any():
        raise DatasetError(f'{path}: the times do not grow')
    return odometry_stream(name.truth_topic('odometry'), name.frame_id, own, T)
