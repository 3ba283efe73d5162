# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of KITTI as the archives unpack, converted and evaluated."""

import re
import shutil
from pathlib import Path

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
    depth_of,
    messages,
    numbers,
    pose_of,
    refused,
    rgb_of,
    topics,
    write_depth,
    write_image,
    write_lines,
)
from helpers.miniatures import converted, miniature
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.projection import project
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.compressed import decode_compressed

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


raw = miniature(write_drive)


recording = converted('raw', 'kitti', DRIVE)


def test_truth_of_a_raw_drive_has_no_error(raw, recording, tmp_path):
    check_truth(recording, 'rgb', raw[1], tmp_path)


def test_a_raw_drive_keeps_files_calibration_and_sweeps(raw, recording):
    assert topics(recording) == {
        '/rgb/image_raw/compressed': FRAMES,
        '/rgb/camera_info': FRAMES,
        '/ground_truth/rgb/depth': FRAMES,
        '/ground_truth/odometry': FRAMES,
        '/lidar/points': FRAMES - 1,
        '/tf_static': 1,
    }
    image = messages(recording, '/rgb/image_raw/compressed')[2]
    file = raw[0] / DATE / DRIVE / 'image_02' / 'data' / '0000000002.png'
    assert image.data.tobytes() == file.read_bytes()
    assert (decode_compressed(image).array[..., ::-1] == rgb_of(2)).all()
    camera = camera_from_info(messages(recording, '/rgb/camera_info')[0])
    assert np.array_equal(camera.K, P[:, :3])
    # The fourth sweep is missing: the stamp is that of its number, not of its place.
    cloud = messages(recording, '/lidar/points')[3]
    assert (cloud_to_xyz(cloud) == sweep(4)[:, :3]).all()
    assert (cloud_field(cloud, 'intensity')[0] == sweep(4)[:, 3]).all()
    assert (cloud.header.stamp.sec % 60, cloud.header.stamp.nanosec) == (25, 420_000_000)


def test_points_lie_where_the_readme_projects_them(recording, raw):
    """P R_rect Tr x, from the files alone, against the transforms of the recording."""
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of('/rgb/image_raw/compressed')
        T = tree.lookup('rgb_optical_frame', 'lidar')
    xyz = sweep(1)[:, :3].astype(np.float64)
    camera = camera_from_info(messages(recording, '/rgb/camera_info')[0])
    found = project(xyz @ T[:3, :3].T + T[:3, 3], camera)
    homogeneous = np.hstack([xyz, np.ones((len(xyz), 1))])
    u, v, w = P @ R_RECT @ T_CAMERA_LIDAR @ homogeneous.T
    assert np.allclose(found, np.stack([u / w, v / w], axis=1), atol=1e-6)


def test_a_list_of_frames_limits_the_ground_truth(raw, tmp_path):
    lines = [f'{DATE}/{DRIVE} {n:010d} l' for n in (1, 4)]
    write_lines(tmp_path / 'test_files.txt', lines)
    options = ['--split', 'test', '--split-file', tmp_path / 'test_files.txt']
    convert('kitti', raw[0], '-o', tmp_path / 'out', *options)
    found = topics(tmp_path / 'out' / DRIVE)
    assert (found['/rgb/image_raw/compressed'], found['/ground_truth/rgb/depth']) == (FRAMES, 2)
    assert found['/lidar/points'] == 2


def test_the_folders_of_the_depth_benchmark_are_splits(raw, tmp_path, capsys):
    convert('kitti', raw[0], '-o', tmp_path, '--split', 'train')
    assert (tmp_path / DRIVE).is_dir()
    text = refused(capsys, 'kitti', raw[0], '-o', tmp_path, '--split', 'val')
    assert 'no list of the split val: neither val_files.txt nor val.txt' in text


def test_several_lists_of_one_name(tmp_path, capsys):
    write_drive(tmp_path / 'kitti')
    for name in ('eigen', 'eigen_zhou'):
        listed = tmp_path / 'kitti' / 'splits' / name / 'test_files.txt'
        write_lines(listed, [f'{DATE}/{DRIVE} 0000000002 l'])
    options = ['kitti', tmp_path / 'kitti', '-o', tmp_path / 'out', '--split', 'test']
    text = refused(capsys, *options)
    assert 'eigen/test_files.txt and ' in text
    assert 'eigen_zhou/test_files.txt could be its list; --split-file names one' in text
    listed.unlink()
    convert(*options)
    assert topics(tmp_path / 'out' / DRIVE)['/ground_truth/rgb/depth'] == 1


def test_names_that_are_not_there(raw, tmp_path, capsys):
    other = DRIVE.replace('0001', '0002')
    write_lines(tmp_path / 'both.txt', [DRIVE, other])
    options = ['kitti', raw[0], '-o', tmp_path / 'out', '--split', 'both', '--split-file']
    options.append(tmp_path / 'both.txt')
    assert f'1 of 2 drives are not there: {other}; --partial' in refused(capsys, *options)
    convert(*options, '--partial')
    text = refused(capsys, 'kitti', raw[0], '-o', tmp_path, '--sequences', other)
    assert f'no sequence {other}; there are {DRIVE}' in text
    text = refused(capsys, 'kitti', raw[0], '-o', tmp_path / 'x', '--cameras', 'image_03')
    assert 'no camera image_03; there are image_02' in text


@pytest.mark.parametrize(
    ('name', 'said'),
    [
        (f'{DATE}/calib_cam_to_cam.txt', 'calib_cam_to_cam.txt: missing; expected the calibration'),
        (f'{DATE}/{DRIVE}/image_02/timestamps.txt', 'timestamps.txt: missing'),
    ],
)
def test_a_missing_file_is_named(tmp_path, capsys, name, said):
    write_drive(tmp_path / 'kitti')
    (tmp_path / 'kitti' / name).unlink()
    text = refused(capsys, 'kitti', tmp_path / 'kitti', '-o', tmp_path / 'out')
    assert said in text
    assert 'holds' in text


def test_damaged_and_foreign_images_are_left_out_and_named(tmp_path, capsys):
    write_drive(tmp_path / 'kitti')
    data = tmp_path / 'kitti' / DATE / DRIVE / 'image_02' / 'data'
    write_image(data / '0000000002.png', rgb_of(0, WIDTH + 2))
    whole = (data / '0000000004.png').read_bytes()
    (data / '0000000004.png').write_bytes(whole[: len(whole) // 2])
    text = refused(capsys, 'kitti', tmp_path / 'kitti', '-o', tmp_path / 'out')
    assert '0000000002.png: 26x16 pixels, not 24x16' in text
    assert '0000000004.png: no image that can be read' in text
    assert '2 messages are left out' in text
    assert topics(tmp_path / 'out' / DRIVE)['/rgb/image_raw/compressed'] == FRAMES - 2


def test_times_that_do_not_overlap(tmp_path, capsys):
    write_drive(tmp_path / 'kitti')
    later = [line.replace('2011-09-26', '2011-09-28') for line in stamps(FRAMES)]
    write_lines(tmp_path / 'kitti' / DATE / DRIVE / 'oxts' / 'timestamps.txt', later)
    text = refused(capsys, 'kitti', tmp_path / 'kitti', '-o', tmp_path / 'out')
    assert 'no overlap in time: the images span' in text
    assert '/ground_truth/odometry' in text


@pytest.mark.parametrize(
    ('missing', 'said', 'left'),
    [
        (
            ['calib_imu_to_velo.txt'],
            'no calib_imu_to_velo.txt in .*base_link is the first camera',
            {'/lidar/points': FRAMES - 1},
        ),
        (
            ['calib_imu_to_velo.txt', 'calib_velo_to_cam.txt'],
            'no calib_velo_to_cam.txt in .*: the LiDAR is left out',
            {},
        ),
    ],
)
def test_without_the_place_of_a_sensor_the_rest_is_read(tmp_path, capsys, missing, said, left):
    write_drive(tmp_path / 'kitti')
    for name in missing:
        (tmp_path / 'kitti' / DATE / name).unlink()
    convert('kitti', tmp_path / 'kitti', '-o', tmp_path / 'out')
    text = capsys.readouterr().out
    assert re.search(said, text.replace('\n', ' '))
    assert 'no poses: without the place of the IMU' in text
    recording = tmp_path / 'out' / DRIVE
    own = {
        '/rgb/image_raw/compressed': FRAMES,
        '/rgb/camera_info': FRAMES,
        '/ground_truth/rgb/depth': FRAMES,
        '/tf_static': 1,
    }
    assert topics(recording) == own | left
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of('/rgb/image_raw/compressed')
        T = tree.lookup('base_link', 'rgb_optical_frame')
        shift = np.linalg.inv(P[:, :3]) @ P[:, 3]
        assert np.allclose(T[:3, :3] @ [0, 0, 1], [1, 0, 0])
        assert np.allclose(T[:3, 3], T[:3, :3] @ -shift)
        if left:
            expected = shift + (R_RECT @ T_CAMERA_LIDAR)[:3, 3]
            found = tree.lookup('rgb_optical_frame', 'lidar')
            assert np.allclose(found[:3, 3], expected)


def test_a_drive_alone_in_folders_of_other_people(tmp_path):
    """Calibration in the drive, only images as JPEG, true depth in the folder of its archive."""
    write_drive(tmp_path / 'data' / 'raw')
    drive = tmp_path / 'data' / 'raw' / DATE / DRIVE
    for path in (tmp_path / 'data' / 'raw' / DATE).glob('calib_*.txt'):
        path.rename(drive / path.name)
    for sensor in ('velodyne_points', 'oxts'):
        shutil.rmtree(drive / sensor)
    for path in (drive / 'image_02' / 'data').iterdir():
        write_image(path.with_suffix('.jpg'), rgb_of(int(path.stem)))
        path.unlink()
    maps = tmp_path / 'data' / 'data_depth_annotated'
    maps.mkdir()
    (tmp_path / 'data' / 'raw' / 'train').rename(maps / 'train')
    (maps / 'train' / DRIVE / 'proj_depth/groundtruth/image_02/0000000000.png').unlink()
    for number, source in enumerate((tmp_path / 'data', drive)):
        output = tmp_path / f'out_{number}'
        convert('kitti', source, '-o', output)
        found = topics(output / DRIVE)
        assert found.pop('/ground_truth/rgb/depth') == FRAMES - 1
        assert found == {
            '/rgb/image_raw/compressed': FRAMES,
            '/rgb/camera_info': FRAMES,
            '/tf_static': 1,
        }


def test_a_sweep_that_was_lost_has_an_empty_line(tmp_path):
    """As in 2011_09_26_drive_0009: neither a file nor a time, and later ones keep their own."""
    write_drive(tmp_path / 'kitti')
    lines = stamps(FRAMES, 0.02)
    lines[3] = ''
    write_lines(tmp_path / 'kitti' / DATE / DRIVE / 'velodyne_points' / 'timestamps.txt', lines)
    convert('kitti', tmp_path / 'kitti', '-o', tmp_path / 'out')
    clouds = messages(tmp_path / 'out' / DRIVE, '/lidar/points')
    found = [cloud.header.stamp.nanosec // 10**6 for cloud in clouds]
    assert found == [20, 120, 220, 420, 520]


@pytest.mark.parametrize(
    ('was', 'now', 'said'),
    [
        ('image_02/data', 'image_02/images', 'image_02 has no data, it holds images, timestamps'),
        ('image_02', 'image_2', f'{DRIVE} has no image_02/data, it holds image_2, oxts, velodyne'),
        ('', f'../{DRIVE[:-5]}_extract', f'{DRIVE[:-5]}_extract: an unsynchronised drive; only'),
    ],
)
def test_a_layout_that_is_nearly_right(tmp_path, capsys, was, now, said):
    write_drive(tmp_path)
    drive = tmp_path / DATE / DRIVE
    (drive / was).rename(drive / now)
    assert said in refused(capsys, 'kitti', tmp_path, '-o', tmp_path / 'out')


def test_archives_that_are_not_unpacked(tmp_path, capsys):
    (tmp_path / f'{DRIVE}.zip').write_bytes(b'PK')
    text = refused(capsys, 'kitti', tmp_path, '-o', tmp_path / 'out')
    assert f'it holds {DRIVE}.zip; archives have to be unpacked' in text
    text = refused(capsys, 'kitti', tmp_path / f'{DRIVE}.zip', '-o', tmp_path / 'out')
    assert f'{DRIVE}.zip: not a folder' in text


def test_a_folder_of_something_else(tmp_path, capsys):
    (tmp_path / 'sync_data').mkdir()
    text = refused(capsys, 'kitti', tmp_path, '-o', tmp_path / 'out')
    assert 'no sequence of KITTI in it' in text
    assert 'it holds sync_data' in text


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


def test_truth_of_an_odometry_sequence_has_no_error(tmp_path):
    truth = write_odometry(tmp_path)
    convert('kitti', tmp_path, '-o', tmp_path / 'out')
    recording = tmp_path / 'out' / 'odometry_03'
    assert topics(recording)['/lidar/points'] == FRAMES
    check_poses(recording, 'rgb', truth)


def test_part_of_an_odometry_sequence(tmp_path, capsys):
    """Images from the third on, no Tr as in the first calibrations, given as the folder itself."""
    truth = write_odometry(tmp_path)
    folder = tmp_path / 'dataset' / 'sequences' / '03'
    for number in (0, 1):
        (folder / 'image_2' / f'{number:06d}.png').unlink()
    write_lines(folder / 'calib.txt', [f'P2: {numbers(P)}'])
    convert('kitti', folder, '-o', tmp_path / 'out')
    assert 'no entry Tr in' in capsys.readouterr().out
    recording = tmp_path / 'out' / 'odometry_03'
    counts = topics(recording)
    assert counts['/rgb/image_raw/compressed'] == counts['/ground_truth/odometry'] == FRAMES - 2
    assert '/lidar/points' not in counts
    del truth.T_world_camera[:2]
    check_poses(recording, 'rgb', truth)
