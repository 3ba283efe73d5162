# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A raw drive and an odometry sequence of KITTI as the archives unpack, made of known motions."""

from pathlib import Path

import numpy as np

from helpers.data_sets import (
    FRAMES,
    HEIGHT,
    WIDTH,
    Truth,
    depth_of,
    numbers,
    pose_of,
    rgb_of,
    write_depth,
    write_image,
    write_lines,
)
from thermal_depth_ros.geometry import rigid

DATE, DRIVE = '2011_09_26', '2011_09_26_drive_0001_sync'
P = np.array([[20.0, 0, 11.5, 1.2], [0, 21.0, 7.5, 0.1], [0, 0, 1, 0.002]])
# Right of the LiDAR is left of the IMU, and so on: rotations that no two sensors share.
T_LIDAR_IMU = np.eye(4)
T_LIDAR_IMU[:3, 3] = [-0.8, 0.3, -0.8]
T_CAMERA_LIDAR = np.array([[0, -1, 0, -0.02], [0, 0, -1, -0.06], [1, 0, 0, -0.33], [0, 0, 0, 1.0]])
R_RECT = rigid.exponential(np.array([0, 0, 0, 0.01, -0.02, 0.005]))
EARTH_M = 6378137.0


def rectified_camera() -> np.ndarray:
    """Return T_camera_imu of image_02 as the readme of the raw data derives it."""
    shift = np.eye(4)
    shift[:3, 3] = np.linalg.inv(P[:, :3]) @ P[:, 3]
    return shift @ R_RECT @ T_CAMERA_LIDAR @ T_LIDAR_IMU


def imu_pose(number: int) -> tuple[float, ...]:
    """Return east, north, up, roll, pitch, yaw."""
    return (0.7 * number, 0.1 * number**2, 0.01 * number, 0.01, -0.005 * number, 0.2 * number)


def oxts_packet(number: int) -> str:
    east, north, up, *angles = imu_pose(number)
    latitude_0, longitude_0 = np.radians([49.0, 8.4])
    scale = np.cos(latitude_0) * EARTH_M
    y_0 = scale * np.arctanh(np.sin(latitude_0))
    latitude = np.arcsin(np.tanh((y_0 + north) / scale))
    longitude = longitude_0 + east / scale
    place = [np.degrees(latitude), np.degrees(longitude), 110.0 + up]
    return numbers(np.array([*place, *angles, *np.zeros(24)]))


def true_pose(number: int) -> np.ndarray:
    east, north, up, roll, pitch, yaw = imu_pose(number)
    T = np.eye(4)
    for axis, angle in ((2, yaw), (1, pitch), (0, roll)):
        twist = np.zeros(6)
        twist[3 + axis] = angle
        T = T @ rigid.exponential(twist)
    T[:3, 3] = [east, north, up]
    return T @ rigid.invert(rectified_camera())


def sweep(number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    return rng.uniform([5, -4, -2, 0], [40, 4, 2, 1], (30, 4)).astype(np.float32)


def stamps(count: int, late_s: float = 0.0) -> list[str]:
    return [f'2011-09-26 13:02:{25 + 0.1 * n + late_s:012.9f}' for n in range(count)]


def write_calibration(folder: Path) -> None:
    rigid_lines = {
        'calib_velo_to_cam.txt': T_CAMERA_LIDAR,
        'calib_imu_to_velo.txt': T_LIDAR_IMU,
    }
    for name, T in rigid_lines.items():
        lines = ['calib_time: 15-Mar-2012 11:37:16']
        lines += [f'R: {numbers(T[:3, :3])}', f'T: {numbers(T[:3, 3])}']
        write_lines(folder / name, lines)
    cameras = ['calib_time: 09-Jan-2012 13:57:47', 'corner_dist: 9.950000e-02']
    cameras.append(f'R_rect_00: {numbers(R_RECT[:3, :3])}')
    cameras += [f'S_rect_02: {WIDTH} {HEIGHT}', f'P_rect_02: {numbers(P)}']
    write_lines(folder / 'calib_cam_to_cam.txt', cameras)


def write_drive(root: Path) -> Truth:
    """Write a drive, with a sweep missing, and its maps of the depth benchmark."""
    drive, truth = root / DATE / DRIVE, Truth()
    write_calibration(root / DATE)
    for sensor, late_s in (('image_02', 0.0), ('velodyne_points', 0.02), ('oxts', 0.0)):
        write_lines(drive / sensor / 'timestamps.txt', stamps(FRAMES, late_s))
    (drive / 'velodyne_points' / 'data').mkdir()
    for n in range(FRAMES):
        name = f'{n:010d}'
        write_image(drive / 'image_02' / 'data' / f'{name}.png', rgb_of(n))
        write_lines(drive / 'oxts' / 'data' / f'{name}.txt', [oxts_packet(n)])
        if n != 3:
            sweep(n).tofile(drive / 'velodyne_points' / 'data' / f'{name}.bin')
        maps = root / 'train' / DRIVE / 'proj_depth' / 'groundtruth' / 'image_02'
        write_depth(maps / f'{name}.png', depth_of(n))
        truth.depth_m.append(depth_of(n))
        truth.T_world_camera.append(true_pose(n))
    return truth


def write_odometry(root: Path) -> Truth:
    """Write a sequence of the odometry benchmark; it has no depth maps."""
    folder, truth = root / 'dataset' / 'sequences' / '03', Truth()
    for n in range(FRAMES):
        write_image(folder / 'image_2' / f'{n:06d}.png', rgb_of(n))
        (folder / 'velodyne').mkdir(exist_ok=True)
        sweep(n).tofile(folder / 'velodyne' / f'{n:06d}.bin')
    write_lines(folder / 'times.txt', [f'{0.1 * n:.6e}' for n in range(FRAMES)])
    lines = [f'P2: {numbers(P)}', f'Tr: {numbers(T_CAMERA_LIDAR[:3])}']
    write_lines(folder / 'calib.txt', lines)
    T_first = [pose_of(n) for n in range(FRAMES)]  # of camera 0
    write_lines(root / 'dataset' / 'poses' / '03.txt', [numbers(T[:3]) for T in T_first])
    shift = np.eye(4)
    shift[:3, 3] = -(np.linalg.inv(P[:, :3]) @ P[:, 3])  # camera 2 in camera 0
    truth.T_world_camera = [T @ shift for T in T_first]
    return truth
