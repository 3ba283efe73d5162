# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A raw drive of KITTI, synchronised and rectified."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.listing import list_files, natural_order
from thermal_depth_ros.datasets.cameras import (
    PICTURES,
    CameraFiles,
    by_stem,
    camera_streams,
    only,
    pinhole,
)
from thermal_depth_ros.datasets.clocks import stamps_of_lines
from thermal_depth_ros.datasets.config import KittiConfig
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.datasets.sequence import BASE, Mount, SequenceData, Stream, chosen_names
from thermal_depth_ros.datasets.streams import (
    LIDAR_FRAME,
    camera_name,
    lidar_stream,
    odometry_stream,
    read_points,
)
from thermal_depth_ros.datasets.text_files import entry, keyed_numbers, matrix, rigid_of
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import T_FORWARD

_EARTH_RADIUS_M = 6378137.0  # of the projection that the development kit uses
_OXTS_NUMBERS = 30
_VELODYNE_COLUMNS = 4  # x, y, z, reflectance


@dataclasses.dataclass(frozen=True)
class DriveFiles:
    """Where the files of a drive are."""

    folder: Path
    depth_roots: Sequence[Path]  # that may hold `<drive>/proj_depth`
    frames: frozenset[int] | None  # that have ground truth, None for all


@dataclasses.dataclass(frozen=True, eq=False)
class _Calibration:
    cameras: dict[str, PinholeCamera]
    T_base_camera: dict[str, np.ndarray]
    T_base_lidar: np.ndarray | None  # None without calib_velo_to_cam.txt
    base_is_imu: bool


def read_drive(files: DriveFiles, settings: KittiConfig) -> SequenceData:
    """Open a drive.

    Raises:
        DatasetError, BagError: A file is missing, or does not fit the others.
    """
    folder = files.folder
    there = [path.parent.name for path in natural_order(folder.glob('image_0?/data'))]
    names = chosen_names(settings.cameras, there, folder, 'camera')
    data = SequenceData([])
    calibration = _calibration(folder, names, data.notes)
    if calibration.T_base_lidar is not None:
        data.mounts.append(Mount(BASE, LIDAR_FRAME, calibration.T_base_lidar))
    for name in names:
        _add_camera(data, files, name, name == names[0], calibration, settings.images)
    with_sweeps = settings.lidar and calibration.T_base_lidar is not None
    if with_sweeps and (folder / 'velodyne_points' / 'data').is_dir():
        data.streams.append(_lidar(files, data.notes))
    packets = numbered(folder / 'oxts' / 'data', ('.txt',)) if calibration.base_is_imu else []
    if packets:
        data.streams.append(_poses(folder, packets, data.notes))
    else:
        data.notes.append(f'no poses: {_why_no_poses(calibration)}')
    return data


def _why_no_poses(calibration: _Calibration) -> str:
    return 'no oxts/data' if calibration.base_is_imu else 'without the place of the IMU'


def rectified_mount(P: np.ndarray) -> np.ndarray:
    """Return the motion (4, 4) from the first rectified camera to that of P (3, 4) = K [I | t]."""
    T = np.eye(4)
    T[:3, 3] = np.linalg.solve(P[:, :3], P[:, 3])
    return T


def velodyne_sweep(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return points (N, 3) and reflectances (N,) of a file.

    Raises:
        DatasetError: It cannot be read.
    """
    points = read_points(path, _VELODYNE_COLUMNS)
    return points[:, :3], points[:, 3]


def _calibration(drive: Path, names: Sequence[str], notes: list[str]) -> _Calibration:
    """Read the calibration of the date of a drive, which lies beside it, or in it."""
    inner = (drive / 'calib_cam_to_cam.txt').is_file()
    folder = drive if inner else drive.parent
    path = folder / 'calib_cam_to_cam.txt'
    values = keyed_numbers(path, 'the calibration of the cameras of this date')
    cameras, T_camera_first = {}, {}
    for name in names:
        number = name.removeprefix('image_')
        P = entry(path, values, f'P_rect_{number}', (3, 4))
        width, height = entry(path, values, f'S_rect_{number}', (2,)).astype(int).tolist()
        cameras[name] = pinhole(P, (width, height), f'{path}: P_rect_{number}')
        T_camera_first[name] = rectified_mount(P)
    rectify = np.eye(4)
    rectify[:3, :3] = entry(path, values, 'R_rect_00', (3, 3))
    T_base_first, T_first_lidar, is_imu = T_FORWARD, None, False
    if _is_there(folder / 'calib_velo_to_cam.txt', 'the LiDAR is left out', notes):
        T_first_lidar = rectify @ _rigid_file(folder / 'calib_velo_to_cam.txt')
        imu = folder / 'calib_imu_to_velo.txt'
        if _is_there(imu, 'base_link is the first camera, with axes forward, left, up', notes):
            T_base_first = rigid.invert(T_first_lidar @ _rigid_file(imu))
            is_imu = True
    mounts = {name: T_base_first @ rigid.invert(T) for name, T in T_camera_first.items()}
    lidar = None if T_first_lidar is None else T_base_first @ T_first_lidar
    return _Calibration(cameras, mounts, lidar, is_imu)


def _is_there(path: Path, otherwise: str, notes: list[str]) -> bool:
    if not path.is_file():
        notes.append(f'no {path.name} in {path.parent}: {otherwise}')
    return path.is_file()


def _rigid_file(path: Path) -> np.ndarray:
    values = keyed_numbers(path, 'entries R and T')
    R, t = entry(path, values, 'R', (3, 3)), entry(path, values, 'T', (3,))
    return rigid_of(path, 'R', R, t)


def numbered(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """Return the files of a folder, named by the number of the frame.

    Raises:
        DatasetError: One is not.
    """
    found = list_files(folder, suffixes)
    wrong = [path for path in found if not path.stem.isdecimal()]
    if wrong:
        raise DatasetError(f'{wrong[0]}: files of KITTI are named by the number of the frame')
    return found


def _stamps(times: Path, files: Sequence[Path]) -> np.ndarray:
    """Return the stamp of each file: the line of its number, as frames may be missing."""
    return stamps_of_lines(times, [int(path.stem) for path in files])


def _add_camera(
    data: SequenceData,
    files: DriveFiles,
    name: str,
    first: bool,
    calibration: _Calibration,
    transport: str,
) -> None:
    folder = files.folder / name
    images = numbered(folder / 'data', PICTURES)
    if not images:
        raise missing(folder / 'data' / '0000000000.png', 'the images of the camera')
    depth = by_stem(images, _depth_files(files, name))
    kept = [files.frames is None or int(path.stem) in files.frames for path in images]
    named = camera_name(contract.RGB, name, first)
    camera = CameraFiles(
        named,
        images,
        _stamps(folder / 'timestamps.txt', images),
        calibration.cameras[name],
        only(depth, kept),
    )
    data.streams += camera_streams(camera, transport)
    data.mounts.append(Mount(BASE, named.frame_id, calibration.T_base_camera[name]))


def _depth_files(files: DriveFiles, camera: str) -> list[Path]:
    drive = files.folder
    for folder in (drive, *(root / drive.name for root in files.depth_roots)):
        found = numbered(folder / 'proj_depth' / 'groundtruth' / camera, ('.png',))
        if found:
            return found
    return []


def _lidar(files: DriveFiles, notes: list[str]) -> Stream:
    folder = files.folder / 'velodyne_points'
    sweeps = numbered(folder / 'data', ('.bin',))
    if files.frames is not None:
        sweeps = [path for path in sweeps if int(path.stem) in files.frames]
    stamps = _own_or_camera_stamps(folder, sweeps, notes)
    return lidar_stream(stamps, lambda index: velodyne_sweep(sweeps[index]))


def _own_or_camera_stamps(folder: Path, files: Sequence[Path], notes: list[str]) -> np.ndarray:
    """Return the stamps of a sensor; those of the images where its own cannot be used."""
    try:
        return _stamps(folder / 'timestamps.txt', files)
    except (DatasetError, BagError) as error:
        images = next(iter(natural_order(folder.parent.glob('image_0?/timestamps.txt'))), None)
        if images is None:
            raise
        notes.append(f'{error}; the times of {images.parent.name} are taken instead')
        return _stamps(images, files)


def _poses(folder: Path, files: Sequence[Path], notes: list[str]) -> Stream:
    packets = [matrix(path, (-1,), 'a packet of the OXTS')[:_OXTS_NUMBERS] for path in files]
    short = [path for path, packet in zip(files, packets, strict=True) if len(packet) < 6]
    if short:
        raise DatasetError(f'{short[0]}: an OXTS packet has {_OXTS_NUMBERS} numbers')
    poses = _mercator_poses(np.array([packet[:6] for packet in packets]))
    stamps = _own_or_camera_stamps(folder / 'oxts', files, notes)
    return odometry_stream('/ground_truth/odometry', BASE, stamps, poses)


def _mercator_poses(packets: np.ndarray) -> np.ndarray:
    """Return T_world_imu (N, 4, 4) of latitude, longitude (degrees), altitude, roll, pitch, yaw.

    East-north-up, from the first position: the Mercator projection of the development kit.
    """
    latitude, longitude, altitude, roll, pitch, yaw = packets.T
    scale = np.cos(np.radians(latitude[0])) * _EARTH_RADIUS_M
    T = np.tile(np.eye(4), (len(packets), 1, 1))
    T[:, 0, 3] = scale * np.radians(longitude)
    T[:, 1, 3] = scale * np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))
    T[:, 2, 3] = altitude
    T[:, :3, 3] -= T[0, :3, 3].copy()
    for index, angles in enumerate(zip(roll, pitch, yaw, strict=True)):
        T[index, :3, :3] = rigid.from_roll_pitch_yaw(*angles)
    return T
