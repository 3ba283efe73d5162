# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of KITTI as the archives unpack, converted and evaluated."""

import numpy as np
import pytest

from helpers.data_sets import (
    FRAMES,
    WIDTH,
    check_poses,
    check_truth,
    convert,
    messages,
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
    sweep,
    write_drive,
    write_odometry,
)
from helpers.miniatures import converted, miniature
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.geometry.projection import project
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.cloud_reader import cloud_field, cloud_to_xyz
from thermal_depth_ros.messages.compressed import decode_compressed

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


@pytest.mark.parametrize(
    'line',
    [
        f'{DATE}/{DRIVE} {{:010d}} l',
        f'{DATE}/{DRIVE}/image_02/data/{{0:010d}}.png {DRIVE}/proj_depth/{{0:010d}}.png 721.5377',
    ],
    ids=['Eigen', 'paths'],
)
def test_a_list_of_frames_limits_the_ground_truth(raw, tmp_path, line):
    write_lines(tmp_path / 'test_files.txt', [line.format(n) for n in (1, 4)])
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


def test_a_folder_of_something_else(tmp_path, capsys):
    (tmp_path / 'sync_data').mkdir()
    text = refused(capsys, 'kitti', tmp_path, '-o', tmp_path / 'out')
    assert 'no sequence of KITTI in it' in text
    assert 'it holds sync_data' in text


def test_truth_of_an_odometry_sequence_has_no_error(tmp_path):
    truth = write_odometry(tmp_path)
    convert('kitti', tmp_path, '-o', tmp_path / 'out')
    recording = tmp_path / 'out' / 'odometry_03'
    assert topics(recording)['/lidar/points'] == FRAMES
    check_poses(recording, 'rgb', truth)
