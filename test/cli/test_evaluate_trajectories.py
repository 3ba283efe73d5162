# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory files in `evaluate`: as predictions, as ground truth, as results; against evo."""

import json
from importlib import import_module

import numpy as np
import pytest

from helpers.evaluations import FRAMES, fails, mount, run, true_messages, write_predictions
from thermal_depth_ros.bags.trajectory_files import read_trajectory, write_kitti, write_tum
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.odometry import odometry_sample
from thermal_depth_ros.messages.stamps import stamp_ns

T_OTHER_WORLD = rigid.exponential(np.array([3, 2, 1, 0.5, -0.2, 1.0]))


def slam(drive, unit=0.5):
    """Return stamps and camera poses as SLAM tells them: its own world, its own unit."""
    images = {stamp_ns(m.header) for m in true_messages(drive, '/thermal/camera_info')}
    samples = map(odometry_sample, true_messages(drive, '/ground_truth/odometry'))
    found = [(s.stamp_ns, s.T_frame_child @ mount(drive)) for s in samples if s.stamp_ns in images]
    poses = np.stack([T_OTHER_WORLD @ T for _, T in found])
    poses[:, :3, 3] *= unit
    return np.array([stamp for stamp, _ in found]), poses


def test_whole_trajectories_of_predictions_are_scored_and_written(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive, lost=(9,))
    found = run([winding_drive, '--predictions', predictions], tmp_path / 'out')
    whole = found['cameras']['thermal']['trajectory']
    assert (whole['trajectories'], whole['poses']) == (1, FRAMES - 1), 'across the lost frame'
    assert whole['sim3']['rmse_m'] == pytest.approx(0, abs=1e-6)
    assert whole['scale'] == pytest.approx(2.0)
    assert whole['se3']['rmse_m'] > 0.1
    folder = tmp_path / 'out' / 'trajectories'
    true, estimate = (
        read_trajectory(folder / f'drive_{name}.txt') for name in ('true', 'estimate')
    )
    assert true.format == 'tum' and len(true.stamps_ns) == FRAMES - 1
    np.testing.assert_array_equal(true.stamps_ns, estimate.stamps_ns)
    again = run(
        [folder / 'drive_true.txt', '--predictions', folder / 'drive_estimate.txt'],
        tmp_path / 'again',
    )
    files = again['cameras']['trajectory']['trajectory']
    assert files['se3']['rmse_m'] == pytest.approx(whole['se3']['rmse_m'], rel=1e-5)
    assert 'ATE of 1 whole trajectory' in (tmp_path / 'out' / 'report.html').read_text()


def test_a_file_in_place_of_a_bundle(winding_drive, tmp_path):
    stamps, poses = slam(winding_drive)
    write_tum(tmp_path / 'slam.txt', stamps, poses)
    found = run([winding_drive, '--predictions', tmp_path / 'slam.txt'], tmp_path / 'out')
    thermal = found['cameras']['thermal']
    assert thermal['depth'] is None
    assert thermal['pose']['score']['ate_mean'] == pytest.approx(0, abs=1e-6)
    assert thermal['trajectory']['sim3']['rmse_m'] == pytest.approx(0, abs=1e-6)
    assert found['recordings'][0]['truth'] == {'motion': '/ground_truth/odometry'}
    # Poses of the vehicle, said to be so; taken for those of the camera, they do not fit.
    T_camera_base = rigid.invert(mount(winding_drive))
    T_camera_base[:3, 3] *= 0.5  # in the unit of the file
    write_tum(tmp_path / 'base.txt', stamps, poses @ T_camera_base)
    named = ['--predictions', tmp_path / 'base.txt', '--trajectory-frame', 'base_link']
    base = run([winding_drive, *named], tmp_path / 'base')['cameras']['thermal']
    assert base['trajectory']['sim3']['rotation_mean_deg'] == pytest.approx(0, abs=1e-3)
    wrong = run([winding_drive, *named[:2]], tmp_path / 'wrong')['cameras']['thermal']
    assert wrong['trajectory']['sim3']['rotation_mean_deg'] > 30


def test_kitti_has_one_pose_for_each_image(winding_drive, tmp_path, capsys):
    _, poses = slam(winding_drive)
    write_kitti(tmp_path / '00.txt', poses)
    options = ['--predictions', tmp_path / '00.txt', '--trajectory-format', 'kitti']
    found = run([winding_drive, *options], tmp_path / 'out')['cameras']['thermal']
    assert found['trajectory']['sim3']['rmse_m'] == pytest.approx(0, abs=1e-6)
    written = read_trajectory(tmp_path / 'out' / 'trajectories' / 'drive_estimate.txt')
    np.testing.assert_allclose(written.T_world_body, poses, atol=1e-6)
    # Shifted by a frame, it does not fit.
    write_kitti(tmp_path / '01.txt', np.concatenate([poses[:1], poses[:-1]]))
    late = run([winding_drive, '--predictions', tmp_path / '01.txt'], tmp_path / 'late')
    assert late['cameras']['thermal']['trajectory']['sim3']['rmse_m'] > 0.01
    write_kitti(tmp_path / '02.txt', poses[:-1])
    (tmp_path / 'sub').mkdir()
    text = fails([winding_drive, '--predictions', tmp_path / '02.txt'], capsys, tmp_path / 'sub')
    assert '02.txt: 19 poses without times for 20 images; a file times.txt beside it' in text


def test_files_that_do_not_fit(winding_drive, tmp_path, capsys):
    stamps, poses = slam(winding_drive)
    write_tum(tmp_path / 'late.txt', stamps + 10**12, poses)
    (tmp_path / 'kitti').mkdir()
    write_kitti(tmp_path / 'kitti' / 'a.txt', poses[:9])
    text = fails([winding_drive, '--predictions', tmp_path / 'late.txt'], capsys, tmp_path)
    assert 'late.txt: none of 20 poses has a true pose at its time; it spans 1700001' in text
    both = [tmp_path / 'late.txt', '--predictions', tmp_path / 'kitti' / 'a.txt']
    text = fails(both, capsys, tmp_path)
    assert 'has 20 poses, ' in text and 'a.txt has no times to match them by' in text
    text = fails([tmp_path / 'late.txt', '--bundle', 'thermal_default'], capsys, tmp_path)
    assert 'a trajectory file is compared with another one: --predictions FILE' in text
    (tmp_path / 'bad.txt').write_text('hello\n')
    text = fails([winding_drive, '--predictions', tmp_path / 'bad.txt'], capsys, tmp_path)
    assert 'bad.txt: 1 numbers in line 1' in text
    text = fails(
        [winding_drive, '--odometry', 'none', '--predictions', tmp_path / 'late.txt'],
        capsys,
        tmp_path,
    )
    assert 'no true poses to compare a trajectory with' in text


def winding(tmp_path, frames=400):
    """Write a true path of 400 m in the world, and an estimate that drifts in its own."""
    rng = np.random.default_rng(4)
    true, estimate = [np.eye(4)], [T_OTHER_WORLD]
    for k in range(frames - 1):
        turn = 0.02 * np.sin(k / 40)
        noise = rng.normal(size=6) * [0.02, 0.01, 0.01, 1e-3, 1e-3, 1e-3]
        step = np.array([1.0, 0, 0, 0, 0.1 * turn, turn])
        true.append(true[-1] @ rigid.exponential(step))
        scaled = step * [0.7, 1, 1, 1, 1, 1]
        estimate.append(estimate[-1] @ rigid.exponential(scaled + noise))
    stamps = 1_600_000_000_000_000_000 + np.arange(frames) * 10**8
    write_tum(tmp_path / 'true.txt', stamps, np.stack(true))
    write_tum(tmp_path / 'estimate.txt', stamps, np.stack(estimate))
    return tmp_path / 'true.txt', tmp_path / 'estimate.txt'


def test_two_files_and_two_estimates_compared(tmp_path):
    true, estimate = winding(tmp_path)
    found = run([true, '--predictions', estimate], tmp_path / 'a')['cameras']['trajectory']
    assert found['trajectory']['poses'] == 400
    assert found['kitti'][0]['length_m'] == 100
    assert found['trajectory']['scale'] == pytest.approx(1 / 0.7, rel=0.05)
    run([true, '--predictions', true], tmp_path / 'b')
    folders = [str(tmp_path / name) for name in ('a', 'b', 'c')]
    assert main(['evaluate', '--compare', *folders[:2], '-o', folders[2]]) == 0
    difference = json.loads((tmp_path / 'c' / 'comparison.json').read_text())
    motion = difference['cameras']['trajectory']['motion']
    assert motion['ate_m']['second'] == pytest.approx(0, abs=1e-6)


def test_errors_equal_those_of_evo(tmp_path):
    """A check with an independent tool, where it is installed: `pip install evo`."""
    metrics = pytest.importorskip('evo.core.metrics')
    files = import_module('evo.tools.file_interface')
    paths = winding(tmp_path)
    found = run([paths[0], '--predictions', paths[1]], tmp_path / 'out')['cameras']['trajectory']
    for name, with_scale in (('se3', False), ('sim3', True)):
        true, estimate = (files.read_tum_trajectory_file(str(path)) for path in paths)
        _, _, scale = estimate.align(true, correct_scale=with_scale)
        ours = found['trajectory'][name]
        for relation, suffix in (
            (metrics.PoseRelation.translation_part, '_m'),
            (metrics.PoseRelation.rotation_angle_deg, '_deg'),
        ):
            ape = metrics.APE(relation)
            ape.process_data((true, estimate))
            theirs = ape.get_all_statistics()
            if suffix == '_m':
                for statistic in ('rmse', 'mean', 'median', 'std', 'max'):
                    assert ours[statistic + suffix] == pytest.approx(theirs[statistic], rel=1e-6)
            else:
                assert ours['rotation_mean_deg'] == pytest.approx(theirs['mean'], rel=1e-5)
                assert ours['rotation_rmse_deg'] == pytest.approx(theirs['rmse'], rel=1e-5)
        if with_scale:
            assert found['trajectory']['scale'] == pytest.approx(scale, rel=1e-6)
