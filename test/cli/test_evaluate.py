# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate` on small synthetic drives: exact predictions, real pipelines, and nonsense."""

import dataclasses
import json
import os

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.evaluations import (
    FRAMES,
    INPUTS,
    SIZE,
    copy_drive,
    fails,
    mount,
    run,
    true_messages,
    write_predictions,
)
from helpers.html_page import Page
from helpers.processes import processes
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.odometry import (
    odometry_sample,
)
from thermal_depth_ros.messages.stamps import stamp_ns


def test_perfect_predictions_in_other_units(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    found = run([winding_drive, '--predictions', predictions], tmp_path / 'out')
    for kind in ('thermal', 'rgb'):
        depth = found['cameras'][kind]['depth']
        assert depth['scaled']['abs_rel'] == pytest.approx(0, abs=1e-6)
        assert depth['scaled']['delta1'] == 1.0
        assert depth['metric']['abs_rel'] == pytest.approx(0.5, abs=1e-6)
        assert depth['median_ratio'] == pytest.approx(2.0)
        assert (depth['images'], depth['empty_images']) == (FRAMES, 0)
        blind = [depth[name]['scaled']['abs_rel'] for name in ('fixed_map', 'constant')]
        assert 0.01 < blind[0] < blind[1], 'a map knows more than a constant'
        assert depth['fixed_map']['images'] == FRAMES
    said = capsys.readouterr().out
    assert said.count('abs_rel scaled beats a fixed map: 0.000 against') == 2
    assert said.count('abs_rel as predicted does not beat a') == 2
    assert 'mIoU beats a fixed map: 100.00 against' in said
    pose = found['cameras']['thermal']['pose']
    assert pose['score']['snippets'] == FRAMES - 4
    assert pose['score']['ate_mean'] == pytest.approx(0, abs=1e-9)
    assert pose['ate_of_straight_ahead'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['ate_mean'] > 0.01
    assert pose['score']['re_mean_rad'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['re_mean_rad'] > 1e-3
    classes = found['cameras']['rgb']['segmentation']
    assert classes['miou'] == classes['pixel_accuracy'] == 1.0
    assert 0.0 < classes['fixed_map']['miou'] < 1.0
    assert 'train' in classes['not_seen']
    assert classes['classes']['train']['iou'] is None
    assert found['cameras']['thermal']['segmentation'] is None
    assert found['problems'] == []


def test_the_report_shows_every_kind_of_picture(winding_drive, tmp_path):
    calls = iter(range(FRAMES))

    def flip(labels):  # less and less road
        return np.where(np.indices(labels.shape)[1] < 2 * next(calls), 255, labels).astype(np.uint8)

    def bend(depth, n):
        return depth * np.linspace(1, 1 + n / 10, depth.shape[1], dtype=np.float32)

    predictions = write_predictions(tmp_path / 'made', winding_drive, labels=flip, warp=bend)
    run([winding_drive, '--predictions', predictions, '--pictures', 1], tmp_path / 'out')
    page = Page((tmp_path / 'out' / 'report.html').read_text())
    # worst and best frame: 4 pictures of thermal depth, 4 of rgb depth, 4 of classes
    assert len(page.images) == 2 * (4 + 4 + 4)
    for words in ('abs_rel', 'straight ahead', 'mean of', 'Worst', 'wrong pixels', 'true'):
        assert words in page.text


def test_known_confusion(winding_drive, tmp_path):
    def flip(labels):
        return np.where(labels == 0, 1, labels).astype(np.uint8)  # road is said to be sidewalk

    predictions = write_predictions(tmp_path / 'made', winding_drive, labels=flip)
    options = ['--classes', 'road', 'sky', '--depth', 'none', '--rgb', '/rgb/image_raw']
    found = run([winding_drive, '--predictions', predictions, *options], tmp_path / 'out')
    classes = found['cameras']['rgb']['segmentation']
    assert classes['classes']['road']['iou'] == 0.0
    assert classes['classes']['sky']['iou'] == 1.0
    assert classes['miou'] == 0.5
    true = np.stack(
        [image_to_array(m) for m in true_messages(winding_drive, '/ground_truth/rgb/labels')]
    )
    walked, road = (true == 1).sum(), (true == 0).sum()
    expected = walked / (walked + road)
    assert classes['classes']['sidewalk']['iou'] == pytest.approx(expected)
    assert found['cameras']['rgb']['depth'] is None


def test_some_frames(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    arguments = [winding_drive, '--predictions', predictions, '--thermal', '/thermal/image_raw']
    last = run([*arguments, '--frames', '-6:'], tmp_path / 'a')['cameras']['thermal']
    assert (last['depth']['images'], last['pose']['score']['snippets']) == (6, 2)
    thinned = run([*arguments, '--frames', '::3'], tmp_path / 'b')['cameras']['thermal']
    assert (thinned['depth']['images'], thinned['pose']['score']['snippets']) == (7, 3)


@pytest.fixture(scope='module')
def bundles(tiny_thermal_bundle, tiny_rgb_bundle) -> list[str]:
    return ['--bundle', str(tiny_thermal_bundle), '--bundle', str(tiny_rgb_bundle)]


UNCUT = ['--thermal.min-depth-m', '0', '--thermal.max-depth-m', '10000']
UNCUT += ['--rgb.min-depth-m', '0', '--rgb.max-depth-m', '10000', '--rgb.sky-is-far', 'false']


def test_running_a_bundle_gives_what_its_processed_outputs_give(
    winding_drive, tmp_path, bundles, tiny_thermal_bundle, tiny_rgb_bundle, capsys
):
    device = ['--thermal.device', 'cpu', '--rgb.device', 'cpu']
    direct = run([winding_drive, *bundles, *device], tmp_path / 'direct')
    processed = [str(winding_drive), '-o', str(tmp_path / 'processed'), *UNCUT, *device]
    processed += ['--thermal.bundle', str(tiny_thermal_bundle)]
    assert main(['process', *processed, '--rgb.bundle', str(tiny_rgb_bundle)]) == 0
    read = run([winding_drive, '--predictions', tmp_path / 'processed'], tmp_path / 'read')
    assert read['cameras'] == direct['cameras']
    assert direct['cameras']['thermal']['depth']['images'] == FRAMES
    assert direct['cameras']['thermal']['pose']['score']['snippets'] == FRAMES - 4
    assert direct['untrained_bundles'] == [str(tiny_thermal_bundle), str(tiny_rgb_bundle)]
    assert 'untrained' in capsys.readouterr().out


def nuscenes_figures(true_m: np.ndarray, depth_m: np.ndarray) -> tuple[float, float, float]:
    """Return abs_rel and rmse after median scaling, and the ratio, by the rules of the protocol."""
    small = torch.from_numpy(depth_m.astype(np.float64))[None, None]
    large = F.interpolate(small, true_m.shape, mode='bilinear', align_corners=True)[0, 0].numpy()
    valid = (true_m > 0.1) & (true_m < 80)
    true, found = true_m[valid].astype(np.float64), large[valid]
    ratio = np.median(true) / np.median(found)
    found = np.clip(found * ratio, 0.1, 80)
    return np.mean(np.abs(true - found) / true), np.sqrt(np.mean((true - found) ** 2)), ratio


def test_on_nuscenes_depth_is_resized_from_the_size_of_the_network(tmp_path, tiny_rgb_bundle):
    large = ['--rgb-width', '288', '--rgb-height', '192', '--duration-s', '0.2', '--seed', '3']
    drive = tmp_path / 'drive'
    assert main(['simulate', '-o', str(drive), *SIZE[:4], *large, '--light', 'day']) == 0
    options = [drive, '--bundle', tiny_rgb_bundle, '--rgb.device', 'cpu', '--labels', 'none']
    depth = run(options, tmp_path / 'out')['cameras']['rgb']['depth']
    config = RgbConfig(
        bundle=str(tiny_rgb_bundle), device='cpu', min_depth_m=0.0, max_depth_m=10000.0
    )
    pipeline = open_pipeline('rgb', dataclasses.replace(config, sky_is_far=False))
    expected = []
    truth = true_messages(drive, '/ground_truth/rgb/depth')
    for number, image in enumerate(true_messages(drive, '/rgb/image_raw')):
        rgb = cv2.resize(decode_camera_image(image, 'rgb'), (96, 64), interpolation=cv2.INTER_AREA)
        frame = CameraFrame(number + 1, 'rgb', rgb)  # of the size of the network: not resized
        found = pipeline.process(frame, {'depth'}).depth.depth_m
        expected.append(nuscenes_figures(image_to_array(truth[number]), found))
    abs_rel, rmse, ratio = np.array(expected).T
    assert depth['scaled']['abs_rel'] == pytest.approx(abs_rel.mean(), rel=1e-5)
    assert depth['scaled']['rmse'] == pytest.approx(rmse.mean(), rel=1e-5)
    assert depth['median_ratio'] == pytest.approx(np.median(ratio), rel=1e-5)


def test_several_recordings_and_one_kind_of_camera(winding_drive, tmp_path, tiny_rgb_bundle):
    other = tmp_path / 'other'
    assert main(['simulate', '-o', str(other), *SIZE, '--duration-s', '0.5', '--seed', '6']) == 0
    found = run([winding_drive, other, '--bundle', tiny_rgb_bundle], tmp_path / 'out')
    assert set(found['cameras']) == {'rgb'}
    parts = [entry['depth'] for entry in found['recordings']]
    counts = [part['images'] for part in parts]
    assert counts == [FRAMES, 5]
    whole = found['cameras']['rgb']['depth']
    expected = np.average([part['scaled']['rmse'] for part in parts], weights=counts)
    assert whole['scaled']['rmse'] == pytest.approx(expected)
    assert 'by recording' in (tmp_path / 'out' / 'report.html').read_text()


def test_processes_share_recordings(winding_drive, tmp_path, tiny_rgb_bundle):
    other = tmp_path / 'other'
    assert main(['simulate', '-o', str(other), *SIZE, '--duration-s', '0.5', '--seed', '6']) == 0
    arguments = [
        str(winding_drive),
        str(other),
        '--bundle',
        str(tiny_rgb_bundle),
        '--pictures',
        '1',
    ]
    alone = run(arguments, tmp_path / 'alone')
    command = ['-m', 'thermal_depth_ros.cli.main', 'evaluate', *arguments]
    command += ['-o', str(tmp_path / 'shared'), '--rgb.threads', '1']
    port = str(20000 + os.getpid() % 12000)
    world = {'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port}
    with processes() as start:
        started = [start(*command, **world, RANK=str(rank)) for rank in range(2)]
        texts = [one.communicate(timeout=120) for one in started]
    assert [one.returncode for one in started] == [0, 0], texts
    assert texts[1][0] == ''  # the first alone reports
    shared = json.loads((tmp_path / 'shared' / 'metrics.json').read_text())
    assert [entry['recording'] for entry in shared['recordings']] == sorted(arguments[:2])
    depth, expected = (found['cameras']['rgb']['depth'] for found in (shared, alone))
    for name, value in expected['scaled'].items():
        assert depth['scaled'][name] == pytest.approx(value, rel=1e-4)
    assert depth['images'] == expected['images']
    for blind in ('fixed_map', 'constant'):  # which no rounding of a network touches
        assert depth[blind]['images'] == depth['images']
        for name, value in expected[blind]['metric'].items():
            assert depth[blind]['metric'][name] == pytest.approx(value, rel=1e-9)
    classes, expected = (f['cameras']['rgb']['segmentation'] for f in (shared, alone))
    assert classes['fixed_map'] == expected['fixed_map']


def test_conditions_decide_the_exit_code(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    arguments = [winding_drive, '--predictions', predictions]
    good = ['--require', 'thermal.depth.scaled.abs_rel<=0.15']
    run([*arguments, *good], tmp_path / 'out')
    bad = ['--require', 'rgb.depth.metric.abs_rel<0.2']
    found = run([*arguments, *good, *bad], tmp_path / 'out', code=1)
    assert [entry['met'] for entry in found['conditions']] == [True, False]
    assert 'missed: rgb.depth.metric.abs_rel<0.2 (is 0.5)' in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main(['evaluate', *map(str, arguments), '--require', 'nonsense'])
    assert stopped.value.code == 2


def test_no_camera_of_the_kind_of_the_bundle(winding_drive, tmp_path, capsys, tiny_rgb_bundle):
    bag = copy_drive(winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'])
    text = fails([bag, '--bundle', tiny_rgb_bundle], capsys, tmp_path)
    assert 'no rgb camera; name one by --thermal or --rgb; the topics are:' in text


def test_a_full_disk_names_the_file(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    (tmp_path / 'out' / 'report.html').mkdir(parents=True)
    arguments = [str(winding_drive), '--predictions', str(predictions), '-o', str(tmp_path / 'out')]
    assert main(['evaluate', *arguments]) == 1
    error = capsys.readouterr().err
    assert 'report.html' in error and 'cannot be written' in error


def test_a_prepared_folder_is_evaluated_as_a_recording(
    winding_drive, tmp_path, tiny_thermal_bundle
):
    folder = tmp_path / 'night1'
    for name in ('Thermal', 'Depth_T'):
        (folder / name).mkdir(parents=True)
    for index, message in enumerate(true_messages(winding_drive, '/thermal/image_raw')):
        cv2.imwrite(str(folder / 'Thermal' / f'{index:06d}.png'), image_to_array(message))
    for index, message in enumerate(true_messages(winding_drive, '/ground_truth/thermal/depth')):
        np.save(folder / 'Depth_T' / f'{index:06d}.npy', image_to_array(message))
    info = true_messages(winding_drive, '/thermal/camera_info')[0]
    np.savetxt(folder / 'cam_T.txt', np.array(info.k).reshape(3, 3))
    T_base_camera = mount(winding_drive)
    stamps = {stamp_ns(m.header) for m in true_messages(winding_drive, '/thermal/camera_info')}
    poses = [
        odometry_sample(m).T_frame_child @ T_base_camera
        for m in true_messages(winding_drive, '/ground_truth/odometry')
        if stamp_ns(m.header) in stamps
    ]
    np.savetxt(folder / 'poses_T.txt', [pose[:3].reshape(-1) for pose in poses])
    arguments = ['--bundle', tiny_thermal_bundle, '--thermal.device', 'cpu']
    prepared = run([folder, *arguments], tmp_path / 'prepared')['cameras']['thermal']
    recorded = run([winding_drive, *arguments], tmp_path / 'recorded')['cameras']['thermal']
    assert prepared['depth'] == recorded['depth']
    for name, value in recorded['pose']['score'].items():
        assert prepared['pose']['score'][name] == pytest.approx(value, rel=1e-4)


def test_nonsense_on_the_command_line(
    winding_drive, tmp_path, capsys, tiny_thermal_bundle, bundles
):
    made = write_predictions(tmp_path / 'made', winding_drive)
    text = fails([winding_drive, winding_drive, '--predictions', made], capsys, tmp_path)
    assert '--predictions: 1 for 2 recordings' in text
    text = fails([winding_drive, '--predictions', made, *bundles], capsys, tmp_path)
    assert '--bundle and --predictions' in text
    twice = ['--bundle', tiny_thermal_bundle, '--bundle', tiny_thermal_bundle]
    assert 'given already' in fails([winding_drive, *twice], capsys, tmp_path)
    text = fails([winding_drive, '--bundle', 'nobody'], capsys, tmp_path)
    assert "bundle 'nobody'" in text
    assert 'no such file' in fails([tmp_path / 'gone', *bundles], capsys, tmp_path)
    text = fails([winding_drive, *bundles, '--depth', '/ground_truth/rgb/depth'], capsys, tmp_path)
    assert 'cannot be the ground truth for all of' in text
    text = fails([winding_drive, *bundles, '--frames', '50:'], capsys, tmp_path)
    assert '--frames leaves none of 20 frames' in text
    for wrong in (['--frames', '1-5'], ['--frames', '::0'], ['--tolerance', '-1']):
        with pytest.raises(SystemExit) as stopped:
            main(['evaluate', str(winding_drive), *wrong])
        assert stopped.value.code == 2


def test_predictions_that_lack_what_is_compared(winding_drive, tmp_path, capsys):
    made = copy_drive(
        write_predictions(tmp_path / 'all', winding_drive), tmp_path / 'some', ['/odometry']
    )
    text = fails([winding_drive, '--predictions', made], capsys, tmp_path)
    assert 'which is to be compared; the topics are:\n  /odometry' in text


def test_an_empty_recording(winding_drive, tmp_path, capsys, bundles):
    empty = tmp_path / 'empty'
    with RecordingWriter(empty):
        pass
    text = fails([empty, *bundles], capsys, tmp_path)
    assert 'no camera in' in text


def test_help_is_for_people(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['evaluate', '--help'])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for words in ('examples:', '--protocol', '--label-map', 'nuscenes_8', '--require'):
        assert words in text
