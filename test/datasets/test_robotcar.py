# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Miniatures of Oxford RobotCar: the layout of the SDK, and the folders of ADDS-DepthNet."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    HEIGHT,
    WIDTH,
    Truth,
    check_poses,
    check_truth,
    convert,
    messages,
    numbers,
    refused,
    rgb_of,
    topics,
    write_depth,
    write_image,
    write_lines,
)
from helpers.miniatures import miniature
from thermal_depth_ros.datasets.config import RobotcarConfig
from thermal_depth_ros.datasets.layouts.robotcar import plans
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.image import image_to_array

SEQUENCE = '2014-12-09-13-21-02'
FOCAL, CENTRE = 20.0, (11.5, 7.5)
STEP_US = 62_500
START_US = 1_418_132_504_000_000
# Of the SDK: image axes (right, down, forward) in those of the camera (forward, right, down).
G_CAMERA_IMAGE = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
LASER = (1.5, 0.2, 1.0, -0.04, -0.1, 0.03)


def sdk_motion(xyzrpy) -> np.ndarray:
    """Return the matrix of x, y, z, roll, pitch, yaw: turned by roll, then pitch, then yaw."""
    T = np.eye(4)
    for axis, angle in zip(np.eye(3)[::-1], xyzrpy[5:2:-1], strict=True):
        T[:3, :3] = T[:3, :3] @ cv2.Rodrigues(axis * angle)[0]
    T[:3, 3] = xyzrpy[:3]
    return T


def step(number: int) -> tuple[float, ...]:
    """Return the motion of the vehicle to an image from the one before."""
    return (0.6, 0.01 * number, 0.005, 0.002, -0.001, 0.01 * number)


def vehicle_pose(number: int) -> np.ndarray:
    T = np.eye(4)
    for n in range(1, number + 1):
        T = T @ sdk_motion(step(n))
    return T


def times(count: int = FRAMES) -> list[int]:
    return [START_US + n * STEP_US for n in range(count)]


def bayer(rgb: np.ndarray) -> np.ndarray:
    """Return what a sensor with green, blue above red, green sees of a flat colour."""
    mosaic = rgb[..., 1].copy()
    mosaic[0::2, 1::2], mosaic[1::2, 0::2] = rgb[0::2, 1::2, 2], rgb[1::2, 0::2, 0]
    return mosaic


COLOUR = np.broadcast_to(np.array([200, 100, 40], np.uint8), (HEIGHT, WIDTH, 3))


def laser_points() -> np.ndarray:
    """Return x, y, reflectance (N, 3) of a sweep."""
    angles = np.linspace(-0.6, 0.6, 15)
    return np.stack([9 * np.cos(angles), 9 * np.sin(angles), np.ones(15)], axis=1)


def write_sdk(root: Path) -> Truth:
    """Write the calibration of the SDK; images and sweeps at the same times, one sweep each."""
    model = [f'{FOCAL} {FOCAL} {CENTRE[0]} {CENTRE[1]}', *map(numbers, G_CAMERA_IMAGE)]
    write_lines(root / 'models' / 'stereo_wide_left.txt', model)
    columns, rows = np.meshgrid(np.arange(WIDTH, dtype=float), np.arange(HEIGHT, dtype=float))
    np.stack([columns, rows]).tofile(root / 'models' / 'stereo_wide_left_distortion_lut.bin')
    write_lines(root / 'extrinsics' / 'stereo.txt', ['0 0 0 0 0 0'])
    write_lines(root / 'extrinsics' / 'lms_front.txt', [numbers(np.array(LASER))])
    write_lines(root / 'extrinsics' / 'ins.txt', ['-1.7132 0.1181 1.1948 -0.0125 0.04 0.005'])
    folder, truth = root / SEQUENCE, Truth()
    (folder / 'lms_front').mkdir(parents=True)
    rows_of_vo = []
    for n, time in enumerate(times()):
        write_image(folder / 'stereo' / 'left' / f'{time}.png', bayer(COLOUR))
        laser_points().tofile(folder / 'lms_front' / f'{time}.bin')
        if n:
            motion = ','.join(map(str, step(n)))
            rows_of_vo.append(f'{time},{times()[n - 1]},{motion}')
        truth.T_world_camera.append(vehicle_pose(n) @ G_CAMERA_IMAGE)
    header = 'source_timestamp,destination_timestamp,x,y,z,roll,pitch,yaw'
    write_lines(folder / 'vo' / 'vo.csv', [header, *rows_of_vo])
    return truth


sdk = miniature(write_sdk)


def nearest_points(number: int) -> dict[tuple[int, int], float]:
    """Return depth by column and row of all sweeps in the image of a number, the SDK's way."""
    xyz = laser_points() * [1, 1, 0]
    found: dict[tuple[int, int], float] = {}
    for n in range(FRAMES):
        T = np.linalg.inv(vehicle_pose(number) @ G_CAMERA_IMAGE) @ vehicle_pose(n)
        points = (T @ sdk_motion(LASER) @ np.hstack([xyz, np.ones((15, 1))]).T)[:3].T
        for x, y, z in points[points[:, 2] > 0]:
            u, v = FOCAL * x / z + CENTRE[0], FOCAL * y / z + CENTRE[1]
            if 1 < u < WIDTH - 1 and 1 < v < HEIGHT - 1:
                place = round(u), round(v)
                found[place] = min(z, found.get(place, np.inf))
    return found


def test_the_sdk_layout(sdk, tmp_path):
    root, truth = sdk
    convert('robotcar', root, '-o', tmp_path)
    recording = tmp_path / SEQUENCE
    assert topics(recording) == {
        '/rgb/image_raw/compressed': FRAMES,
        '/rgb/camera_info': FRAMES,
        '/ground_truth/rgb/depth': FRAMES,
        '/ground_truth/odometry': FRAMES,
        '/tf_static': 1,
    }
    check_poses(recording, 'rgb', truth)
    image = decode_compressed(messages(recording, '/rgb/image_raw/compressed')[0]).array
    # At the border a demosaicing may do as it likes.
    assert (image[2:-2, 2:-2, ::-1] == COLOUR[2:-2, 2:-2]).all()
    camera = camera_from_info(messages(recording, '/rgb/camera_info')[0])
    assert (camera.fx, camera.cx, camera.cy) == (FOCAL, *CENTRE)


def test_truth_of_the_sdk_layout_is_that_of_its_sweeps(sdk, tmp_path):
    convert('robotcar', sdk[0], '-o', tmp_path)
    maps = messages(tmp_path / SEQUENCE, '/ground_truth/rgb/depth')
    truth = Truth()
    for number, message in enumerate(maps):
        depth, wanted = image_to_array(message), nearest_points(number)
        assert len(wanted) > 5
        assert {(u, v) for v, u in np.argwhere(depth > 0).tolist()} == set(wanted)
        assert np.allclose([depth[v, u] for u, v in wanted], list(wanted.values()), atol=1e-4)
        filled = np.full((HEIGHT, WIDTH), 5.0)
        filled[depth > 0] = depth[depth > 0]
        truth.depth_m.append(filled)
    check_truth(tmp_path / SEQUENCE, 'rgb', truth, tmp_path / 'scores')


def test_absolute_poses_are_those_of_the_vehicle(sdk, tmp_path):
    root, truth = sdk
    T_vehicle_ins = sdk_motion((-1.7132, 0.1181, 1.1948, -0.0125, 0.04, 0.005))
    start = sdk_motion((5_735_000.0, 620_000.0, -110.0, 0.01, 0.02, 2.0))
    rows = ['timestamp,ins_status,latitude,longitude,altitude,northing,easting,down,utm_zone,'
            'velocity_north,velocity_east,velocity_down,roll,pitch,yaw']  # fmt: skip
    for n, time in enumerate(times()):
        T = start @ vehicle_pose(n) @ T_vehicle_ins
        pitch = np.arcsin(-T[2, 0])
        roll, yaw = np.arctan2(T[2, 1], T[2, 2]), np.arctan2(T[1, 0], T[0, 0])
        place = ','.join(repr(float(x)) for x in T[:3, 3])
        rows.append(f'{time},INS_SOLUTION_GOOD,51.7,-1.2,110,{place},30U,1,2,3,'
                    f'{roll},{pitch},{yaw}')  # fmt: skip
    write_lines(root / SEQUENCE / 'gps' / 'ins.csv', rows)
    convert('robotcar', root, '-o', tmp_path, '--poses', 'ins', '--depth-window-s', 0)
    found = topics(tmp_path / SEQUENCE)
    assert (found['/lidar/points'], '/ground_truth/rgb/depth' in found) == (FRAMES, False)
    check_poses(tmp_path / SEQUENCE, 'rgb', truth)


def test_a_list_of_times_limits_the_true_depth(sdk, tmp_path, capsys):
    write_lines(tmp_path / 'day.txt', [f'{times()[2]}.png', times()[4]])
    options = ['robotcar', sdk[0], '-o', tmp_path / 'out', '--split', 'day', '--split-file']
    options.append(tmp_path / 'day.txt')
    convert(*options)
    stamps = [m.header.stamp for m in messages(tmp_path / 'out' / SEQUENCE,
                                               '/ground_truth/rgb/depth')]  # fmt: skip
    assert [s.sec * 10**6 + s.nanosec // 1000 for s in stamps] == [times()[2], times()[4]]
    write_lines(tmp_path / 'day.txt', [times()[2], times()[2] + 1])
    text = refused(capsys, *options, '--force')
    assert f'1 of 2 images are not there: /{times()[2] + 1}' in text


def test_images_that_are_undistorted_already(sdk, tmp_path, capsys):
    root = tmp_path / 'prepared'
    write_sdk(root)
    for n, time in enumerate(times()):
        write_image(root / SEQUENCE / 'stereo' / 'left' / f'{time}.png', rgb_of(n))
    text = refused(capsys, 'robotcar', root, '-o', tmp_path / 'out')
    assert '--rectify false takes images that are undistorted already' in text
    convert('robotcar', root, '-o', tmp_path / 'out', '--rectify', 'false')
    image = messages(tmp_path / 'out' / SEQUENCE, '/rgb/image_raw/compressed')[1]
    assert (decode_compressed(image).array[..., ::-1] == rgb_of(1)).all()


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        ('models/stereo_wide_left.txt', 'expected focal lengths'),
        ('models/stereo_wide_left_distortion_lut.bin', 'expected the table that undistorts'),
        ('extrinsics/lms_front.txt', 'expected x, y, z, roll'),
    ],
)
def test_a_missing_calibration_is_named(tmp_path, capsys, name, said):
    write_sdk(tmp_path / 'robotcar')
    (tmp_path / 'robotcar' / name).unlink()
    text = refused(capsys, 'robotcar', tmp_path / 'robotcar', '-o', tmp_path / 'out')
    assert f'{Path(name).name}: missing; {said}' in text


def whole_depth(number: int) -> np.ndarray:
    """Return true depth of 96x72 pixels, the shape of 1280x960."""
    rows, columns = np.mgrid[:72, :96]
    return 3.0 + 0.125 * rows + 0.25 * ((columns + number) % 12)


@pytest.fixture(scope='module')
def adds(tmp_path_factory) -> Path:
    """Write a folder of ADDS-DepthNet: images of rows 160 to 799, maps of all rows."""
    root = tmp_path_factory.mktemp('oxford_processing')
    for n in range(FRAMES):
        write_image(root / 'day_val_451' / f'{29664 + n:010d}.png', rgb_of(n, 96, 48))
        write_depth(root / 'day_val_451_gt' / f'{29664 + n:010d}.png', whole_depth(n))
    lines = [f'day_val_451/{29664 + n:010d}' for n in (0, 1, 5)]
    write_lines(root / 'splits' / 'oxford_day_451' / 'val_files.txt', lines)
    return root


def test_truth_of_the_folders_of_adds_has_no_error(adds, tmp_path):
    convert('robotcar', adds, '-o', tmp_path)
    recording = tmp_path / 'day_val_451'
    truth = Truth([whole_depth(n)[12:60] for n in range(FRAMES)])
    check_truth(recording, 'rgb', truth, tmp_path / 'scores')
    camera = camera_from_info(messages(recording, '/rgb/camera_info')[0])
    wanted = np.array([983.044006, 983.044006, 643.646973, 493.378998 - 160]) * 96 / 1280
    assert np.allclose([camera.fx, camera.fy, camera.cx, camera.cy], wanted)


def test_the_lists_of_adds_are_found(adds, tmp_path):
    convert('robotcar', adds, '-o', tmp_path, '--split', 'val')
    found = topics(tmp_path / 'day_val_451')
    assert (found['/rgb/image_raw/compressed'], found['/ground_truth/rgb/depth']) == (FRAMES, 3)


def test_maps_of_another_shape_are_named(adds, tmp_path, capsys):
    root = tmp_path / 'other'
    write_image(root / 'night_val_411' / '0000000001.png', rgb_of(0, 96, 48))
    write_depth(root / 'night_val_411_gt' / '0000000001.png', np.ones((48, 96)))
    text = refused(capsys, 'robotcar', root, '-o', tmp_path / 'out')
    assert '0000000001.png: 96x48 pixels; true depth has the shape of 1280x960' in text


def test_the_helper_turns_like_the_sdk():
    """R = Rz Ry Rx."""
    found = sdk_motion((0, 0, 0, 0.3, -0.2, 0.5))[:3, :3]
    turns = [rigid.exponential(np.array([0, 0, 0, *w]))[:3, :3]
             for w in ((0, 0, 0.5), (0, -0.2, 0), (0.3, 0, 0))]  # fmt: skip
    assert np.allclose(found, turns[0] @ turns[1] @ turns[2])


@pytest.mark.parametrize('name', [SEQUENCE, '2019-01-10-11-46-21-radar-oxford-10k'])
def test_names_of_sequences(tmp_path, name):
    (tmp_path / name / 'stereo' / 'left').mkdir(parents=True)
    (tmp_path / 'gt').mkdir()
    assert [plan.name for plan in plans(tmp_path, RobotcarConfig())] == [name]
