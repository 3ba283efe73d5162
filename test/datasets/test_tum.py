# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of a TUM RGB-D sequence."""

from pathlib import Path

import numpy as np

from helpers.data_sets import (
    FRAMES,
    Truth,
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
from helpers.miniatures import miniature
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info

SEQUENCE = 'rgbd_dataset_freiburg1_desk'
START = '1305031102'


def write_tum(root: Path, name: str = SEQUENCE) -> Truth:
    """Write images, depth 15 ms later, and poses at the times of the images and between them."""
    folder, truth = root / name, Truth()
    lists: dict[str, list[str]] = {'rgb': ['# color images'], 'depth': ['# depth maps']}
    poses = ['# ground truth trajectory', '# timestamp tx ty tz qx qy qz qw']
    for n in range(FRAMES):
        for what, late in (('rgb', 0), ('depth', 15000)):
            time = f'{START}.{100000 * n + late:06d}'
            lists[what].append(f'{time} {what}/{time}.png')
        write_image(folder / 'rgb' / f'{START}.{100000 * n:06d}.png', rgb_of(n))
        depth = depth_of(n) / 5
        write_depth(folder / 'depth' / f'{START}.{100000 * n + 15000:06d}.png', depth, 5000)
        T = pose_of(n)
        truth.depth_m.append(depth)
        truth.T_world_camera.append(T)
        pose = [*T[:3, 3], *rigid.quaternion_from_matrix(T[:3, :3])]
        poses.append(f'{START}.{100000 * n:06d} {numbers(np.array(pose))}')
    for what, lines in lists.items():
        write_lines(folder / f'{what}.txt', lines)
    write_lines(folder / 'groundtruth.txt', poses)
    return truth


tum = miniature(write_tum)


def test_truth_has_no_error(tum, tmp_path):
    convert('tum', tum[0], '-o', tmp_path)
    check_truth(tmp_path / SEQUENCE, 'rgb', tum[1], tmp_path / 'scores')
    stamps = [m.header.stamp for m in messages(tmp_path / SEQUENCE, '/ground_truth/rgb/depth')]
    assert (stamps[1].sec, stamps[1].nanosec) == (int(START), 115_000_000)


def test_intrinsics_are_those_of_the_camera_in_the_name(tum, tmp_path, capsys):
    convert('tum', tum[0] / SEQUENCE, '-o', tmp_path)
    camera = camera_from_info(messages(tmp_path / SEQUENCE, '/rgb/camera_info')[0])
    # 24x16 is not 640x480: the rows of K are scaled.
    assert np.allclose([camera.fx, camera.cy], [517.306408 * 24 / 640, 255.313989 * 16 / 480])
    assert camera.distortion == (0.262383, -0.953104, -0.005358, 0.002628, 1.163314)
    write_tum(tmp_path / 'other', 'my_desk')
    options = ['tum', tmp_path / 'other', '-o', tmp_path / 'out']
    assert '--intrinsics freiburg1|freiburg2|freiburg3|default or' in refused(capsys, *options)
    convert(*options, '--intrinsics', 'default')
    camera = camera_from_info(messages(tmp_path / 'out' / 'my_desk', '/rgb/camera_info')[0])
    assert (camera.fx, camera.distortion) == (525.0 * 24 / 640, ())


def test_a_list_of_another_name(tmp_path, capsys):
    write_tum(tmp_path / 'tum')
    folder = tmp_path / 'tum' / SEQUENCE
    (folder / 'rgb.txt').rename(folder / 'images.txt')
    text = refused(capsys, 'tum', tmp_path / 'tum', '-o', tmp_path / 'out')
    assert f'{folder} has no rgb.txt, it holds depth, depth.txt, groundtruth.txt, images' in text


def test_lists_that_are_wrong(tmp_path, capsys):
    write_tum(tmp_path / 'tum')
    options = ['tum', tmp_path / 'tum', '-o', tmp_path / 'out']
    listed = tmp_path / 'tum' / SEQUENCE / 'depth.txt'
    lines = listed.read_text().splitlines()
    write_lines(listed, [lines[2], lines[1]])
    assert 'depth.txt: the times do not grow' in refused(capsys, *options)
    write_lines(listed, ['1305031102.1 ../../passwd'])
    assert 'depth.txt: ../../passwd is no file of the data set' in refused(capsys, *options)
    write_lines(listed, ['yesterday depth/a.png', 'today depth/b.png'])
    assert "depth.txt: 'today' is no time in seconds" in refused(capsys, *options)
    listed.unlink()
    poses = tmp_path / 'tum' / SEQUENCE / 'groundtruth.txt'
    write_lines(poses, [f'{START}.1 0 0 0 0 0 0 0'])
    assert 'groundtruth.txt: row 1: quaternion' in refused(capsys, *options)
    poses.unlink()
    convert(*options)
    assert set(topics(tmp_path / 'out' / SEQUENCE)) == {
        '/rgb/image_raw/compressed',
        '/rgb/camera_info',
        '/tf_static',
    }
