# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""KITTI that is incomplete, in other folders, or nearly in its layout."""

import re
import shutil

import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    check_poses,
    convert,
    messages,
    numbers,
    refused,
    rgb_of,
    topics,
    write_image,
    write_lines,
)
from helpers.kitti_drive import (
    DATE,
    DRIVE,
    R_RECT,
    T_CAMERA_LIDAR,
    P,
    stamps,
    write_drive,
    write_odometry,
)
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms


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
