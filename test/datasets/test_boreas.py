# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of a Boreas sequence, which has sweeps and no depth maps."""

from pathlib import Path

import numpy as np

from helpers.data_sets import (
    FRAMES,
    Truth,
    check_poses,
    convert,
    messages,
    numbers,
    refused,
    rgb_of,
    score,
    topics,
    write_image,
    write_lines,
)
from helpers.miniatures import camera_points, depth_of_points, miniature
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz

SEQUENCE = 'boreas-2021-08-05-13-34'
START_US = 1_628_184_886_438_099
P = np.array([[20.0, 0, 11.5, 0], [0, 21, 7.5, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
# As published for one of its days: the camera looks along the x axis of the LiDAR.
T_CAMERA_LIDAR = np.array([[0.0, -1, 0, -0.07], [0, 0, -1, -0.33], [1, 0, 0, -0.9], [0, 0, 0, 1]])
T_APPLANIX_LIDAR = np.array([[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0.45], [0, 0, 0, 1]])


def row_of(number: int) -> list[float]:
    """Return position, velocity, roll, pitch, heading of the camera."""
    place = [623_426.0 + 0.5 * number, 4_848_821.0 + 0.1 * number**2, 153.6]
    return [*place, 5.0, 0.1, 0.0, 1.7168 + 0.01 * number, -0.2, -0.157 + 0.05 * number]


def pose_of_row(number: int) -> np.ndarray:
    """Return T_enu_camera by the matrices of pyboreas: each turns the axes."""
    x, y, z, *_, roll, pitch, yaw = row_of(number)
    c, s = np.cos, np.sin
    turn_roll = np.array([[1, 0, 0], [0, c(roll), s(roll)], [0, -s(roll), c(roll)]])
    turn_pitch = np.array([[c(pitch), 0, -s(pitch)], [0, 1, 0], [s(pitch), 0, c(pitch)]])
    turn_yaw = np.array([[c(yaw), s(yaw), 0], [-s(yaw), c(yaw), 0], [0, 0, 1]])
    T = np.eye(4)
    T[:3, :3] = turn_roll @ turn_pitch @ turn_yaw
    T[:3, 3] = x, y, z
    return T


def points_of(number: int) -> np.ndarray:
    return camera_points(number, P, 0.3)


def write_boreas(root: Path) -> Truth:
    folder, truth = root / SEQUENCE, Truth()
    write_lines(folder / 'calib' / 'P_camera.txt', map(numbers, P))
    write_lines(folder / 'calib' / 'T_camera_lidar.txt', map(numbers, T_CAMERA_LIDAR))
    write_lines(folder / 'calib' / 'T_applanix_lidar.txt', map(numbers, T_APPLANIX_LIDAR))
    rows = ['GPSTime,easting,northing,altitude,vel_east,vel_north,vel_up,roll,pitch,heading,z,y,x']
    (folder / 'lidar').mkdir()
    for n in range(FRAMES):
        time = START_US + n * 100_000
        write_image(folder / 'camera' / f'{time}.png', rgb_of(n))
        rows.append(','.join(map(str, [time, *row_of(n), 0.0, 0.0, 0.0])))
        truth.T_world_camera.append(pose_of_row(n))
        T = np.linalg.inv(T_CAMERA_LIDAR)
        xyz = points_of(n) @ T[:3, :3].T + T[:3, 3]
        sweep = np.hstack([xyz, np.full((len(xyz), 3), n)]).astype(np.float32)
        sweep.tofile(folder / 'lidar' / f'{time}.bin')
        truth.depth_m.append(depth_of_points(points_of(n)))
    write_lines(folder / 'applanix' / 'camera_poses.csv', rows)
    return truth


boreas = miniature(write_boreas)


def test_truth_has_no_error(boreas, tmp_path):
    """The points of the sweeps, projected by `evaluate`, are the truth of single pixels."""
    root, truth = boreas
    convert('boreas', root, '-o', tmp_path)
    recording = tmp_path / SEQUENCE
    check_poses(recording, 'rgb', truth)
    exact = score(recording, 'rgb', truth, tmp_path / 'exact')
    shifted = score(recording, 'rgb', truth, tmp_path / 'shifted', shift=True)
    assert exact['depth']['images'] == FRAMES
    assert exact['depth']['metric']['abs_rel'] < 1e-5
    assert shifted['depth']['metric']['abs_rel'] > 0.1


def test_sweeps_and_calibration_are_kept(boreas, tmp_path):
    convert('boreas', boreas[0] / SEQUENCE, '-o', tmp_path)
    cloud = messages(tmp_path / SEQUENCE, '/lidar/points')[2]
    T = np.linalg.inv(T_CAMERA_LIDAR)
    wanted = points_of(2) @ T[:3, :3].T + T[:3, 3]
    assert np.allclose(cloud_to_xyz(cloud), wanted, atol=1e-5)
    assert (cloud_field(cloud, 'intensity') == 2).all()
    camera = camera_from_info(messages(tmp_path / SEQUENCE, '/rgb/camera_info')[0])
    assert np.array_equal(camera.K, P[:3, :3])
    convert('boreas', boreas[0], '-o', tmp_path / 'images', '--lidar', 'false')
    assert '/lidar/points' not in topics(tmp_path / 'images' / SEQUENCE)


def test_what_is_missing_is_named(tmp_path, capsys):
    write_boreas(tmp_path / 'boreas')
    options = ['boreas', tmp_path / 'boreas', '-o', tmp_path / 'out']
    folder = tmp_path / 'boreas' / SEQUENCE
    (folder / 'calib' / 'T_applanix_lidar.txt').unlink()
    assert 'T_applanix_lidar.txt: missing; expected a matrix' in refused(capsys, *options)
    write_lines(folder / 'calib' / 'T_applanix_lidar.txt', ['1 2 3'])
    assert 'T_applanix_lidar.txt: cannot reshape' in refused(capsys, *options)
    write_lines(folder / 'calib' / 'T_applanix_lidar.txt', map(numbers, T_APPLANIX_LIDAR))
    write_image(folder / 'camera' / 'first.png', rgb_of(0))
    assert 'the name is no time in microseconds' in refused(capsys, *options)
