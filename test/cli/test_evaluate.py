# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`evaluate` on small synthetic drives: exact predictions, real pipelines, and nonsense."""

import dataclasses
import json
import os
import struct
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from helpers.rvl import encode_rvl
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import CameraFrame, OdometryResult
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.inference.pipeline import open_pipeline
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.decode import decode_camera_image
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import (
    odometry_message,
    odometry_sample,
    tf_message,
    transform_message,
)
from thermal_depth_ros.messages.stamps import stamp_ns

SIZE = [
    '--thermal-width',
    '80',
    '--thermal-height',
    '64',
    '--rgb-width',
    '96',
    '--rgb-height',
    '64',
]
DRIVE = [*SIZE, '--duration-s', '2.0', '--scene', 'winding', '--shutter', 'none', '--light', 'day']
FRAMES = 20
PREDICTED_SHARE = 0.5  # of the true depth
TYPES = bag_types()


@pytest.fixture(scope='module')
def drive(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp('drives') / 'drive'
    assert main(['simulate', '-o', str(path), *DRIVE, '--seed', '3']) == 0
    return path


def true_messages(drive: Path, topic: str) -> list:
    with Recording(drive) as recording:
        return [record.message for record in recording.read([topic])]


def mount(drive: Path) -> np.ndarray:
    with Recording(drive) as recording:
        frames = RecordedTransforms(recording).of('/thermal/image_raw')
        return frames.lookup('base_link', 'thermal_optical_frame')


def write_predictions(
    path: Path, drive: Path, lost=(), labels=lambda array: array, warp=lambda depth, n: depth
) -> Path:
    """Write what a perfect bundle would say, with depth and motion in units of 2 m.

    `lost` frames are so by their covariance; `labels` and `warp` (which is told the number of the
    frame) change what is said.
    """
    image_stamps = {stamp_ns(m.header) for m in true_messages(drive, '/thermal/camera_info')}
    T_base_camera = mount(drive)
    number = 0
    with RecordingWriter(path) as writer:
        names = label_info(TYPES, CITYSCAPES_19, 0)
        writer.write('/rgb/semantic/label_info', contract.LABEL_INFO, names, 1, latched=True)
        for kind in ('thermal', 'rgb'):
            for n, message in enumerate(true_messages(drive, f'/ground_truth/{kind}/depth')):
                depth = warp(image_to_array(message) * np.float32(PREDICTED_SHARE), n)
                stamp = stamp_ns(message.header)
                made = array_to_image(TYPES, depth, '32FC1', stamp, message.header.frame_id)
                writer.write(f'/{kind}/depth/image', contract.IMAGE, made, stamp)
        for message in true_messages(drive, '/ground_truth/rgb/labels'):
            stamp = stamp_ns(message.header)
            array = labels(image_to_array(message))
            made = array_to_image(TYPES, array, 'mono8', stamp, message.header.frame_id)
            writer.write('/rgb/semantic/image', contract.IMAGE, made, stamp)
        for message in true_messages(drive, '/ground_truth/odometry'):
            sample = odometry_sample(message)
            if sample.stamp_ns not in image_stamps:
                continue
            T = sample.T_frame_child @ T_base_camera
            T[:3, 3] *= PREDICTED_SHARE
            covariance = np.eye(6) * (9999.0 if number in lost else 0.01)
            state = 'lost' if number in lost else 'tracking'
            T_odom_base = T @ rigid.invert(T_base_camera)
            made = OdometryResult(T_odom_base, np.zeros(6), covariance, covariance, state)
            made = odometry_message(TYPES, made, sample.stamp_ns, 'odom', 'base_link')
            writer.write('/odometry', contract.ODOMETRY, made, sample.stamp_ns)
            number += 1
    return path


def run(arguments, output: Path, code: int = 0) -> dict:
    assert main(['evaluate', *map(str, arguments), '-o', str(output)]) == code
    return json.loads((output / 'metrics.json').read_text())


def fails(arguments, capsys, tmp_path, code: int = 1) -> str:
    assert main(['evaluate', *map(str, arguments), '-o', str(tmp_path / 'out')]) == code
    assert not (tmp_path / 'out').exists()
    return capsys.readouterr().err


class Page(HTMLParser):
    """Checks that every tag that opens closes, and counts pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images = 0
        self.text = ''

    def handle_starttag(self, tag, attributes):
        self.images += tag == 'img'
        if tag not in ('meta', 'img', 'br', 'link'):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_perfect_predictions_in_other_units(drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', drive)
    found = run([drive, '--predictions', predictions], tmp_path / 'out')
    for kind in ('thermal', 'rgb'):
        depth = found['cameras'][kind]['depth']
        assert depth['scaled']['abs_rel'] == pytest.approx(0, abs=1e-6)
        assert depth['scaled']['delta1'] == 1.0
        assert depth['metric']['abs_rel'] == pytest.approx(0.5, abs=1e-6)
        assert depth['median_ratio'] == pytest.approx(2.0)
        assert (depth['images'], depth['empty_images']) == (FRAMES, 0)
    pose = found['cameras']['thermal']['pose']
    assert pose['score']['snippets'] == FRAMES - 4
    assert pose['score']['ate_mean'] == pytest.approx(0, abs=1e-9)
    assert pose['ate_of_straight_ahead'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['ate_mean'] > 0.01
    assert pose['score']['re_mean_rad'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['re_mean_rad'] > 1e-3
    classes = found['cameras']['rgb']['segmentation']
    assert classes['miou'] == 1.0
    assert 'train' in classes['not_seen']
    assert classes['classes']['train']['iou'] is None
    assert found['cameras']['thermal']['segmentation'] is None
    assert found['problems'] == []


def test_the_report_shows_every_kind_of_picture(drive, tmp_path):
    calls = iter(range(FRAMES))

    def flip(labels):  # less and less road
        return np.where(np.indices(labels.shape)[1] < 2 * next(calls), 255, labels).astype(np.uint8)

    def bend(depth, n):
        return depth * np.linspace(1, 1 + n / 10, depth.shape[1], dtype=np.float32)

    predictions = write_predictions(tmp_path / 'made', drive, labels=flip, warp=bend)
    run([drive, '--predictions', predictions, '--pictures', 1], tmp_path / 'out')
    page = Page()
    page.feed((tmp_path / 'out' / 'report.html').read_text())
    assert not page.open
    # worst and best frame: 4 pictures of thermal depth, 4 of rgb depth, 4 of classes
    assert page.images == 2 * (4 + 4 + 4)
    for words in ('abs_rel', 'straight ahead', 'mean of', 'Worst', 'wrong pixels', 'true'):
        assert words in page.text


def test_known_confusion(drive, tmp_path):
    def flip(labels):
        return np.where(labels == 0, 1, labels).astype(np.uint8)  # road is said to be sidewalk

    predictions = write_predictions(tmp_path / 'made', drive, labels=flip)
    options = ['--classes', 'road', 'sky', '--depth', 'none', '--rgb', '/rgb/image_raw']
    found = run([drive, '--predictions', predictions, *options], tmp_path / 'out')
    classes = found['cameras']['rgb']['segmentation']
    assert classes['classes']['road']['iou'] == 0.0
    assert classes['classes']['sky']['iou'] == 1.0
    assert classes['miou'] == 0.5
    true = np.stack([image_to_array(m) for m in true_messages(drive, '/ground_truth/rgb/labels')])
    walked, road = (true == 1).sum(), (true == 0).sum()
    expected = walked / (walked + road)
    assert classes['classes']['sidewalk']['iou'] == pytest.approx(expected)
    assert found['cameras']['rgb']['depth'] is None


def test_a_lost_frame_parts_the_drive(drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', drive, lost=(9,))
    found = run([drive, '--predictions', predictions], tmp_path / 'out')
    thermal = found['cameras']['thermal']
    assert thermal['lost_frames'] == 1
    assert thermal['pose']['drives'] == 2
    assert thermal['pose']['score']['snippets'] == (9 - 4) + (10 - 4)


def test_only_drives_with_turns(drive, tmp_path):
    arguments = [drive, '--predictions', write_predictions(tmp_path / 'made', drive)]
    some = run([*arguments, '--min-turn', '3'], tmp_path / 'a')['cameras']['thermal']
    assert (some['pose']['drives'], some['straight_drives']) == (1, 0)
    assert some['pose']['heading_range_rad'] > np.radians(3)
    none = run([*arguments, '--min-turn', '30'], tmp_path / 'b', code=1)
    assert none['cameras']['thermal']['pose'] is None
    assert none['cameras']['thermal']['straight_drives'] == 1
    assert '1 drives turn too little' in none['problems'][0]


def test_some_frames(drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', drive)
    arguments = [drive, '--predictions', predictions, '--thermal', '/thermal/image_raw']
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
    drive, tmp_path, bundles, tiny_thermal_bundle, tiny_rgb_bundle, capsys
):
    device = ['--thermal.device', 'cpu', '--rgb.device', 'cpu']
    direct = run([drive, *bundles, *device], tmp_path / 'direct')
    processed = [str(drive), '-o', str(tmp_path / 'processed'), *UNCUT, *device]
    processed += ['--thermal.bundle', str(tiny_thermal_bundle)]
    assert main(['process', *processed, '--rgb.bundle', str(tiny_rgb_bundle)]) == 0
    read = run([drive, '--predictions', tmp_path / 'processed'], tmp_path / 'read')
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


def test_several_recordings_and_one_kind_of_camera(drive, tmp_path, tiny_rgb_bundle):
    other = tmp_path / 'other'
    assert main(['simulate', '-o', str(other), *SIZE, '--duration-s', '0.5', '--seed', '6']) == 0
    found = run([drive, other, '--bundle', tiny_rgb_bundle], tmp_path / 'out')
    assert set(found['cameras']) == {'rgb'}
    parts = [entry['depth'] for entry in found['recordings']]
    counts = [part['images'] for part in parts]
    assert counts == [FRAMES, 5]
    whole = found['cameras']['rgb']['depth']
    expected = np.average([part['scaled']['rmse'] for part in parts], weights=counts)
    assert whole['scaled']['rmse'] == pytest.approx(expected)
    assert 'by recording' in (tmp_path / 'out' / 'report.html').read_text()


def test_processes_share_recordings(drive, tmp_path, tiny_rgb_bundle):
    other = tmp_path / 'other'
    assert main(['simulate', '-o', str(other), *SIZE, '--duration-s', '0.5', '--seed', '6']) == 0
    arguments = [str(drive), str(other), '--bundle', str(tiny_rgb_bundle), '--pictures', '1']
    alone = run(arguments, tmp_path / 'alone')
    command = [sys.executable, '-m', 'thermal_depth_ros.cli.evaluate', *arguments]
    command += ['-o', str(tmp_path / 'shared'), '--rgb.threads', '1']
    port = str(20000 + os.getpid() % 20000)
    world = {'WORLD_SIZE': '2', 'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': port}
    started = [
        subprocess.Popen(
            command,
            env={**os.environ, **world, 'RANK': str(rank), 'OMP_NUM_THREADS': '1'},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    texts = [one.communicate(timeout=120) for one in started]
    assert [one.returncode for one in started] == [0, 0], texts
    assert texts[1][0] == ''  # the first alone reports
    shared = json.loads((tmp_path / 'shared' / 'metrics.json').read_text())
    assert [entry['recording'] for entry in shared['recordings']] == sorted(arguments[:2])
    depth, expected = (found['cameras']['rgb']['depth'] for found in (shared, alone))
    for name, value in expected['scaled'].items():
        assert depth['scaled'][name] == pytest.approx(value, rel=1e-4)
    assert depth['images'] == expected['images']


def test_conditions_decide_the_exit_code(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    arguments = [drive, '--predictions', predictions]
    good = ['--require', 'thermal.depth.scaled.abs_rel<=0.15']
    run([*arguments, *good], tmp_path / 'out')
    bad = ['--require', 'rgb.depth.metric.abs_rel<0.2']
    found = run([*arguments, *good, *bad], tmp_path / 'out', code=1)
    assert [entry['met'] for entry in found['conditions']] == [True, False]
    assert 'missed: rgb.depth.metric.abs_rel<0.2 (is 0.5)' in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main(['evaluate', *map(str, arguments), '--require', 'nonsense'])
    assert stopped.value.code == 2


def copy_drive(drive: Path, path: Path, topics=None, change=None) -> Path:
    """Copy a drive, only some topics of it, with messages changed."""
    with Recording(drive) as recording, RecordingWriter(path) as writer:
        for record in recording.read(topics):
            if change is None:
                writer.copy(record)
                continue
            message = change(record.topic, record.message)
            if message is not None:
                writer.write(record.topic, record.type, message, record.time_ns)
    return path


INPUTS = ['/thermal/image_raw', '/thermal/camera_info', '/tf_static']


def test_no_truth_lists_the_topics(drive, tmp_path, capsys, tiny_thermal_bundle):
    bag = copy_drive(drive, tmp_path / 'bag', INPUTS)
    text = fails([bag, '--bundle', tiny_thermal_bundle], capsys, tmp_path)
    assert 'no ground truth about /thermal/image_raw' in text
    assert '/thermal/camera_info  sensor_msgs/msg/CameraInfo  20 messages' in text
    text = fails([bag, '--bundle', tiny_thermal_bundle, '--depth', '/truth'], capsys, tmp_path)
    assert 'no topic /truth in' in text
    assert '/thermal/image_raw' in text


def test_no_camera_of_the_kind_of_the_bundle(drive, tmp_path, capsys, tiny_rgb_bundle):
    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'])
    text = fails([bag, '--bundle', tiny_rgb_bundle], capsys, tmp_path)
    assert 'no rgb camera; name one by --thermal or --rgb; the topics are:' in text


def test_stamps_that_do_not_match(drive, tmp_path, capsys):
    def shift(topic, message):
        if topic == '/ground_truth/thermal/depth':
            message.header.stamp.sec += 100
        return message

    predictions = write_predictions(tmp_path / 'made', drive)
    topics = [*INPUTS, '/ground_truth/thermal/depth']
    bag = copy_drive(drive, tmp_path / 'bag', topics, shift)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'none of 20 frames has a truth at its stamp' in text
    assert '/ground_truth/thermal/depth spans 1700000100.000 s' in text
    assert '--tolerance' in text


def test_images_without_a_stamp_are_compared_at_their_time_of_recording(
    drive, tmp_path, tiny_thermal_bundle, capsys
):
    def clear(topic, message):
        if topic == '/thermal/image_raw':
            message.header.stamp.sec = message.header.stamp.nanosec = 0
        return message

    bag = copy_drive(drive, tmp_path / 'bag', change=clear)
    options = ['--bundle', tiny_thermal_bundle, '--thermal.device', 'cpu']
    wanted = run([drive, *options], tmp_path / 'wanted')
    said = '/thermal/image_raw: messages with stamps of 0: their time of recording is taken'
    assert said not in capsys.readouterr().out
    found = run([bag, *options], tmp_path / 'found')
    assert found['cameras'] == wanted['cameras']
    assert found['cameras']['thermal']['pose']['score']['snippets'] == FRAMES - 4
    assert capsys.readouterr().out.count(said) == 1


def test_poses_of_another_time(drive, tmp_path, capsys):
    def shift(topic, message):
        if topic == '/ground_truth/odometry':
            message.header.stamp.sec += 100
        return message

    predictions = write_predictions(tmp_path / 'made', drive)
    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/odometry'], shift)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'none of 20 frames has a truth' in text
    assert '/ground_truth/odometry spans 1700000100.000 s' in text


def other_poses(drive: Path, path: Path, kind: str) -> Path:
    """Copy a drive whose true odometry is told by messages of another type."""
    with Recording(drive) as recording, RecordingWriter(path) as writer:
        for record in recording.read([*INPUTS, '/ground_truth/odometry']):
            if record.topic in INPUTS:
                writer.copy(record)
                continue
            header, uncertain = record.message.header, record.message.pose
            if kind == contract.TF_MESSAGE:
                sample = odometry_sample(record.message)
                link = (sample.T_frame_child, sample.stamp_ns, 'world', 'base_link')
                made = tf_message(TYPES, [transform_message(TYPES, *link)])
                writer.write('/tf', kind, made, record.time_ns)
                continue
            pose = uncertain if kind == contract.POSE_WITH_COVARIANCE else uncertain.pose
            made = TYPES.message_class(kind)(header=header, pose=pose)
            writer.write('/ground_truth/pose', kind, made, record.time_ns)
    return path


@pytest.mark.parametrize(
    ('kind', 'options', 'truth'),
    [
        (contract.POSE, [], '/ground_truth/pose'),
        (contract.POSE_WITH_COVARIANCE, [], '/ground_truth/pose'),
        (contract.TF_MESSAGE, ['--odometry', '/tf@world:base_link'], '/tf@world:base_link'),
    ],
)
def test_true_poses_of_other_types(drive, tmp_path, kind, options, truth):
    predictions = write_predictions(tmp_path / 'made', drive)
    bag = other_poses(drive, tmp_path / 'bag', kind)
    found = run([bag, '--predictions', predictions, *options], tmp_path / 'out')
    pose = found['cameras']['thermal']['pose']
    assert pose['score']['snippets'] == FRAMES - 4
    assert pose['score']['ate_mean'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['ate_mean'] > 0.01
    assert found['recordings'][0]['truth'] == {'motion': truth}


def test_stamped_poses_of_a_frame_that_nobody_knows(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    bag = other_poses(drive, tmp_path / 'bag', contract.POSE)
    named = ['--odometry', '/ground_truth/pose@helmet']
    text = fails([bag, '--predictions', predictions, *named], capsys, tmp_path)
    assert "'helmet' is on no TF topic" in text
    assert 'TOPIC@FRAME names what moves' in text


def test_frames_without_a_truth_are_not_run(drive, tmp_path, tiny_thermal_bundle):
    kept = iter(range(FRAMES))

    def thin(topic, message):
        return message if topic != '/ground_truth/thermal/depth' or next(kept) % 4 == 0 else None

    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], thin)
    found = run([bag, '--bundle', tiny_thermal_bundle], tmp_path / 'out')
    thermal = found['cameras']['thermal']
    assert (thermal['frames'], thermal['depth']['images']) == (5, 5)
    assert thermal['without_truth'] == {'any': 15}
    assert any('15 frames without a truth were not run' in note for note in found['notes'])


def test_a_camera_in_its_body_frame_is_said_beside_the_motion(drive, tmp_path, capsys):
    def turned(topic, message):
        if topic == '/tf_static':
            for stamped in message.transforms:
                q = stamped.transform.rotation
                q.x, q.y, q.z, q.w = 0.0, 0.0, 0.0, 1.0
        return message

    predictions = write_predictions(tmp_path / 'predictions', drive)
    copy = copy_drive(drive, tmp_path / 'turned', change=turned)
    run([copy, '--predictions', predictions], tmp_path / 'out')
    text = capsys.readouterr().out
    assert text.count('camera mount base_link -> thermal_optical_frame') == 1
    run([drive, '--predictions', predictions], tmp_path / 'right')
    assert 'camera mount' not in capsys.readouterr().out


def test_true_maps_of_the_whole_image_are_cropped_with_it(drive, tmp_path):
    """Predictions of cropped images, as process writes them with the same options."""
    predictions = write_predictions(
        tmp_path / 'predictions', drive, warp=lambda depth, n: depth[4:, 3:-2]
    )
    crops = ['--thermal.crop-top', '4', '--thermal.crop-left', '3', '--thermal.crop-right', '2']
    crops += ['--rgb.crop-top', '4', '--rgb.crop-left', '3', '--rgb.crop-right', '2']
    only_depth = ['--labels', 'none', '--predictions', predictions]
    metrics = run([drive, *only_depth, *crops], tmp_path / 'out')
    for kind in ('thermal', 'rgb'):
        assert metrics['cameras'][kind]['depth']['scaled']['abs_rel'] < 1e-5
        assert metrics['cameras'][kind]['depth']['median_ratio'] == pytest.approx(
            1 / PREDICTED_SHARE
        )


def compressed_depth(drive: Path, path: Path, codec: str, encode, topics=()) -> Path:
    """Copy a drive whose true depth is compressedDepth of millimetres."""
    config_header = struct.pack('<iff', 0, 0.0, 0.0)
    truth = '/ground_truth/thermal/depth'
    with Recording(drive) as recording, RecordingWriter(path) as writer:
        for record in recording.read([*INPUTS, truth, *topics]):
            if record.topic != truth:
                writer.copy(record)
                continue
            depth_m = image_to_array(record.message)
            mm = np.where(np.isfinite(depth_m) & (depth_m < 65), depth_m * 1000, 0)
            made = TYPES.message_class(contract.COMPRESSED_IMAGE)(
                header=record.message.header,
                format=f'16UC1; compressedDepth {codec}',
                data=np.frombuffer(config_header + encode(mm.astype(np.uint16)), np.uint8),
            )
            topic = f'{truth}/compressedDepth'
            writer.write(topic, contract.COMPRESSED_IMAGE, made, record.time_ns)
    return path


def test_true_depth_in_rvl(drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', drive)
    bag = compressed_depth(drive, tmp_path / 'bag', 'rvl', encode_rvl)
    found = run([bag, '--predictions', predictions], tmp_path / 'out')
    depth = found['cameras']['thermal']['depth']
    assert depth['images'] == FRAMES
    assert depth['scaled']['abs_rel'] < 1e-3  # millimetres
    assert depth['median_ratio'] == pytest.approx(2.0, rel=1e-3)


def test_truth_that_is_not_supported_fails_beside_other_truth(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    bag = compressed_depth(drive, tmp_path / 'bag', 'h265', encode_rvl, ['/ground_truth/odometry'])
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['cameras']['thermal']['depth'] is None
    assert found['cameras']['thermal']['pose']['score']['snippets'] == FRAMES - 4
    (problem,) = found['problems']
    assert problem.startswith('depth: /ground_truth/thermal/depth/compressedDepth: none of 20 mess')
    assert 'not supported' in problem and 'damaged' not in problem
    text = capsys.readouterr().out
    assert 'damaged' not in text
    assert text.index(problem) < text.index('snippets of 5 frames')
    assert text.count(problem) == 1


def test_truth_that_is_not_supported_alone(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    bag = compressed_depth(drive, tmp_path / 'bag', 'h265', encode_rvl)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'nothing can be compared: ' in text and 'not supported' in text
    assert 'damaged' not in text


def test_classes_and_motion_that_cannot_be_read_fail_as_well(drive, tmp_path, capsys):
    def spoil(topic, message):
        if topic == '/ground_truth/rgb/labels':
            colours = np.zeros((message.height, message.width, 3), np.uint8)
            stamp = stamp_ns(message.header)
            return array_to_image(TYPES, colours, 'rgb8', stamp, message.header.frame_id)
        if topic == '/ground_truth/odometry':
            for axis in 'xyzw':
                setattr(message.pose.pose.orientation, axis, 0.0)
        return message

    predictions = write_predictions(tmp_path / 'made', drive)
    bag = copy_drive(drive, tmp_path / 'bag', None, spoil)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    motion, classes = found['problems']
    assert 'motion: /ground_truth/odometry: no pose can be read: ' in motion
    assert 'not a rotation' in motion
    assert 'classes: /ground_truth/rgb/labels: none of 20 messages can be read: ' in classes
    assert 'not supported: class ids are one channel of integers' in classes
    assert 'damaged' not in capsys.readouterr().out
    assert found['cameras']['rgb']['depth']['images'] == FRAMES


def test_why_no_motion_could_be_compared(drive, tmp_path, tiny_thermal_bundle):
    def blank(topic, message):
        if topic == '/thermal/image_raw':
            message.data = np.full_like(message.data, 9)
        return message

    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/odometry'], blank)
    found = run([bag, '--bundle', tiny_thermal_bundle], tmp_path / 'out', code=1)
    assert found['problems'] == [
        'motion: no drive had a snippet of 5 consecutive frames: of 20 frames with a true pose; '
        'the odometry is lost at 20 (constant image 20)'
    ]
    assert found['recordings'][0]['odometry_lost'] == {'constant image': 20}
    assert any('odometry lost at 20 frames: constant image' in note for note in found['notes'])


def test_a_mount_that_is_not_known_fails_the_motion(drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', drive)
    topics = [*INPUTS[:2], '/ground_truth/odometry', '/ground_truth/thermal/depth']
    bag = copy_drive(drive, tmp_path / 'bag', topics)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    (problem,) = found['problems']
    assert "'thermal_optical_frame' is on no TF topic" in problem
    assert found['cameras']['thermal']['depth']['images'] == FRAMES


def test_a_full_disk_names_the_file(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    (tmp_path / 'out' / 'report.html').mkdir(parents=True)
    arguments = [str(drive), '--predictions', str(predictions), '-o', str(tmp_path / 'out')]
    assert main(['evaluate', *arguments]) == 1
    error = capsys.readouterr().err
    assert 'report.html' in error and 'cannot be written' in error


def test_all_sky(drive, tmp_path, capsys):
    def sky(topic, message):
        if topic == '/ground_truth/thermal/depth':
            array = np.full_like(image_to_array(message), np.inf)
            frame = message.header.frame_id
            return array_to_image(TYPES, array, '32FC1', stamp_ns(message.header), frame)
        return message

    predictions = write_predictions(tmp_path / 'made', drive)
    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], sky)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    assert found['cameras']['thermal']['depth'] is None
    assert found['problems'] == ['depth: no image had a valid ground-truth pixel (20 images)']
    assert 'problem: depth' in capsys.readouterr().out


def test_depth_of_another_view(drive, tmp_path, capsys):
    def crop(topic, message):
        if topic == '/ground_truth/thermal/depth':
            array = np.ascontiguousarray(image_to_array(message)[:40])
            frame = message.header.frame_id
            return array_to_image(TYPES, array, '32FC1', stamp_ns(message.header), frame)
        return message

    predictions = write_predictions(tmp_path / 'made', drive)
    bag = copy_drive(drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/thermal/depth'], crop)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert '/ground_truth/thermal/depth: true depth of 80x40 pixels is no view of' in text


def label_folder(drive: Path, folder: Path, name=lambda i, stamp: f'{i:03d}', change=None) -> Path:
    folder.mkdir()
    for index, message in enumerate(true_messages(drive, '/ground_truth/rgb/labels')):
        array = image_to_array(message)
        array = array if change is None else change(array)
        cv2.imwrite(str(folder / f'{name(index, stamp_ns(message.header))}.png'), array)
    return folder


@pytest.mark.parametrize('name', [lambda i, stamp: f'{i:03d}', lambda i, stamp: str(stamp)])
def test_labels_in_a_folder(drive, tmp_path, name):
    predictions = write_predictions(tmp_path / 'made', drive)
    folder = label_folder(drive, tmp_path / 'labels', name)
    options = ['--labels', folder, '--rgb', '/rgb/image_raw']
    found = run([drive, '--predictions', predictions, *options], tmp_path / 'out')
    assert found['cameras']['rgb']['segmentation']['miou'] == 1.0
    assert found['recordings'][0]['truth']['classes'] == str(folder)


def test_labels_of_another_size(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    folder = label_folder(drive, tmp_path / 'labels', change=lambda array: array[:50])
    options = ['--labels', folder, '--rgb', '/rgb/image_raw']
    text = fails([drive, '--predictions', predictions, *options], capsys, tmp_path)
    assert '000.png: labels of 96x50 pixels, but /rgb/image_raw has 96x64' in text


def test_other_label_sets_need_a_map(drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', drive)
    folder = label_folder(
        drive, tmp_path / 'labels', change=lambda a: np.where(a == 255, 0, a + 100).astype(np.uint8)
    )
    arguments = [drive, '--predictions', predictions, '--labels', folder, '--depth', 'none']
    arguments += ['--rgb', '/rgb/image_raw']
    text = fails(arguments, capsys, tmp_path)
    assert 'none of the 19 classes of the bundle; --label-map' in text
    path = tmp_path / 'map.yaml'
    path.write_text('100: road\n110: sky\n')
    found = run([*arguments, '--label-map', path, '--classes', 'road', 'sky'], tmp_path / 'out')
    classes = found['cameras']['rgb']['segmentation']
    assert classes['miou'] == 1.0
    assert set(classes['listed']) == {'road', 'sky'}
    text = fails([*arguments, '--label-map', path, '--classes', 'lane'], capsys, tmp_path / 'x')
    assert 'no class lane in the label set; it has road' in text


def test_a_prepared_folder_is_evaluated_as_a_recording(drive, tmp_path, tiny_thermal_bundle):
    folder = tmp_path / 'night1'
    for name in ('Thermal', 'Depth_T'):
        (folder / name).mkdir(parents=True)
    for index, message in enumerate(true_messages(drive, '/thermal/image_raw')):
        cv2.imwrite(str(folder / 'Thermal' / f'{index:06d}.png'), image_to_array(message))
    for index, message in enumerate(true_messages(drive, '/ground_truth/thermal/depth')):
        np.save(folder / 'Depth_T' / f'{index:06d}.npy', image_to_array(message))
    info = true_messages(drive, '/thermal/camera_info')[0]
    np.savetxt(folder / 'cam_T.txt', np.array(info.k).reshape(3, 3))
    T_base_camera = mount(drive)
    stamps = {stamp_ns(m.header) for m in true_messages(drive, '/thermal/camera_info')}
    poses = [
        odometry_sample(m).T_frame_child @ T_base_camera
        for m in true_messages(drive, '/ground_truth/odometry')
        if stamp_ns(m.header) in stamps
    ]
    np.savetxt(folder / 'poses_T.txt', [pose[:3].reshape(-1) for pose in poses])
    arguments = ['--bundle', tiny_thermal_bundle, '--thermal.device', 'cpu']
    prepared = run([folder, *arguments], tmp_path / 'prepared')['cameras']['thermal']
    recorded = run([drive, *arguments], tmp_path / 'recorded')['cameras']['thermal']
    assert prepared['depth'] == recorded['depth']
    for name, value in recorded['pose']['score'].items():
        assert prepared['pose']['score'][name] == pytest.approx(value, rel=1e-4)


def test_points_of_a_lidar_are_the_truth(drive, tmp_path):
    """A cloud made of the true depth gives what the depth image gives, where it has points."""
    from thermal_depth_ros.geometry.rays import pixel_rays
    from thermal_depth_ros.messages.camera_info import camera_from_info
    from thermal_depth_ros.messages.cloud import depth_cloud

    rays = pixel_rays(camera_from_info(true_messages(drive, '/thermal/camera_info')[0]))

    bag = tmp_path / 'bag'
    with Recording(drive) as recording, RecordingWriter(bag) as writer:
        for record in recording.read([*INPUTS, '/ground_truth/thermal/depth']):
            if record.topic in INPUTS:
                writer.copy(record)
                continue
            header = record.message.header
            cloud = depth_cloud(
                TYPES, image_to_array(record.message), rays, stamp_ns(header), header.frame_id, 1
            )
            writer.write('/lidar/points', contract.POINT_CLOUD, cloud, record.time_ns)
    predictions = write_predictions(tmp_path / 'made', drive)
    found = run([bag, '--predictions', predictions], tmp_path / 'out')
    assert found['recordings'][0]['truth'] == {'depth': '/lidar/points'}
    depth = found['cameras']['thermal']['depth']
    assert depth['images'] == FRAMES
    # Rounding of the rays moves a few points into the pixel beside theirs.
    assert depth['median_ratio'] == pytest.approx(2.0, rel=0.01)
    assert depth['scaled']['delta1'] > 0.98


def test_nonsense_on_the_command_line(drive, tmp_path, capsys, tiny_thermal_bundle, bundles):
    made = write_predictions(tmp_path / 'made', drive)
    text = fails([drive, drive, '--predictions', made], capsys, tmp_path)
    assert '--predictions: 1 for 2 recordings' in text
    text = fails([drive, '--predictions', made, *bundles], capsys, tmp_path)
    assert '--bundle and --predictions' in text
    twice = ['--bundle', tiny_thermal_bundle, '--bundle', tiny_thermal_bundle]
    assert 'given already' in fails([drive, *twice], capsys, tmp_path)
    text = fails([drive, '--bundle', 'nobody'], capsys, tmp_path)
    assert "bundle 'nobody'" in text
    assert 'no such file' in fails([tmp_path / 'gone', *bundles], capsys, tmp_path)
    text = fails([drive, *bundles, '--depth', '/ground_truth/rgb/depth'], capsys, tmp_path)
    assert 'cannot be the truth about all of' in text
    text = fails([drive, *bundles, '--frames', '50:'], capsys, tmp_path)
    assert '--frames leaves none of 20 frames' in text
    for wrong in (['--frames', '1-5'], ['--frames', '::0'], ['--tolerance', '-1']):
        with pytest.raises(SystemExit) as stopped:
            main(['evaluate', str(drive), *wrong])
        assert stopped.value.code == 2


def test_predictions_that_lack_what_is_compared(drive, tmp_path, capsys):
    made = copy_drive(write_predictions(tmp_path / 'all', drive), tmp_path / 'some', ['/odometry'])
    text = fails([drive, '--predictions', made], capsys, tmp_path)
    assert 'which is to be compared; the topics are:\n  /odometry' in text


def test_an_empty_recording(drive, tmp_path, capsys, bundles):
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
