# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A miniature of post-processed ViViD."""

from pathlib import Path

import numpy as np
import pytest

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
    thermal_of,
    topics,
    write_image,
    write_lines,
)
from helpers.miniatures import converted, miniature
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.camera_info import camera_from_info

SEQUENCE = 'outdoor_robust_day1'
K = {'Thermal': np.diag([20.0, 21, 1]), 'RGB': np.diag([25.0, 26, 1])}
T_RGB_THERMAL = rigid.exponential(np.array([0.1, -0.02, 0.03, 0.01, 0.02, -0.03]))
STEPS = [0.1, 0.1, 0.02, 0.2, 0.05, 0.11]  # those of frames 2, 4 and 6 exceed 0.15 together


def write_vivid(root: Path) -> dict[str, Truth]:
    for name in K:
        K[name][:2, 2] = 11.5, 7.5
    lines = [f'K_{name}: {numbers(matrix)}' for name, matrix in K.items()]
    lines += [f'R: {numbers(T_RGB_THERMAL[:3, :3])}', f'T: {numbers(T_RGB_THERMAL[:3, 3])}']
    write_lines(root / 'calibration' / 'calib_ther_to_rgb.yaml', lines)
    folder, truths = root / SEQUENCE, {'thermal': Truth(), 'rgb': Truth()}
    for n in range(FRAMES):
        file = f'{n + 1:06d}'
        write_image(folder / 'Thermal' / 'data' / f'{file}.png', thermal_of(n))
        write_image(folder / 'RGB' / 'data' / f'{file}.png', rgb_of(n))
        for kind, maps, depth in (
            ('thermal', 'data_THERMAL', depth_of(n)),
            ('rgb', 'data_RGB', depth_of(n + 3)),
        ):
            (folder / 'Warped_Depth' / maps).mkdir(parents=True, exist_ok=True)
            np.save(folder / 'Warped_Depth' / maps / f'{file}.npy', depth)
            truths[kind].depth_m.append(depth)
            T = pose_of(n) if kind == 'thermal' else pose_of(n) @ rigid.invert(T_RGB_THERMAL)
            truths[kind].T_world_camera.append(T)
    for name in ('Thermal', 'RGB'):
        times = [1556006400.25 + 0.1 * n for n in range(FRAMES)]
        write_lines(folder / name / 'timestamps.txt', times)
    for kind, name in (('thermal', 'poses_thermal.txt'), ('rgb', 'poses_RGB.txt')):
        write_lines(folder / name, [numbers(T[:3]) for T in truths[kind].T_world_camera])
    write_lines(folder / 'avg_velocity_thermal.txt', STEPS)
    write_lines(root / 'train_outdoor.txt', [SEQUENCE])
    return truths


vivid = miniature(write_vivid)


recording = converted('vivid', 'vivid', SEQUENCE, '--split', 'train_outdoor')


@pytest.mark.parametrize('kind', ['thermal', 'rgb'])
def test_truth_has_no_error(vivid, recording, tmp_path, kind):
    check_truth(recording, kind, vivid[1][kind], tmp_path)


def test_cameras_keep_their_calibration(recording):
    assert topics(recording)['/thermal/image_raw/compressed'] == FRAMES
    for kind, name in (('thermal', 'Thermal'), ('rgb', 'RGB')):
        camera = camera_from_info(messages(recording, f'/{kind}/camera_info')[0])
        assert np.array_equal(camera.K, K[name])
    with Recording(recording) as opened:
        tree = RecordedTransforms(opened).of('/rgb/image_raw/compressed')
        T = tree.lookup('rgb_optical_frame', 'thermal_optical_frame')
    assert np.allclose(T, T_RGB_THERMAL)


def test_frames_are_thinned_by_their_motion(vivid, tmp_path):
    convert('vivid', vivid[0], '-o', tmp_path, '--thin-m', '0.15')
    times = [m.header.stamp for m in messages(tmp_path / SEQUENCE, '/thermal/camera_info')]
    tenths = [round((t.sec - 1556006400) * 10 + t.nanosec / 1e8 - 2.5) for t in times]
    assert tenths == [1, 3, 5]
    assert topics(tmp_path / SEQUENCE)['/ground_truth/rgb/depth'] == 3


def test_files_that_do_not_fit_each_other(tmp_path, capsys):
    write_vivid(tmp_path / 'vivid')
    options = ['vivid', tmp_path / 'vivid', '-o', tmp_path / 'out']
    poses = tmp_path / 'vivid' / SEQUENCE / 'poses_RGB.txt'
    write_lines(poses, [numbers(np.eye(4)[:3])] * (FRAMES - 1))
    assert f'poses_RGB.txt: {FRAMES - 1} lines for {FRAMES} images' in refused(capsys, *options)
    write_lines(poses, [numbers(2 * np.eye(4)[:3])] * FRAMES)
    assert 'poses_RGB.txt: pose 1 is no rotation' in refused(capsys, *options)
    write_lines(poses, ['1 2 3'] * FRAMES)
    assert 'poses_RGB.txt: line 1: ' in refused(capsys, *options)
    calibration = tmp_path / 'vivid' / 'calibration' / 'calib_ther_to_rgb.yaml'
    calibration.write_text(calibration.read_text().replace('K_RGB', 'K_NIR'))
    text = refused(capsys, *options)
    assert "no entry 'K_RGB'; it has K_Thermal, K_NIR, R, T" in text
    calibration.unlink()
    assert 'calib_ther_to_rgb.yaml: missing; expected K_Thermal' in refused(capsys, *options)
