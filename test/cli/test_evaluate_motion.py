# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Motion in `evaluate`: true poses, drives that count, and why none could be compared."""

from pathlib import Path

import numpy as np
import pytest

from helpers.evaluations import FRAMES, INPUTS, TYPES, copy_drive, fails, run, write_predictions
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.odometry import (
    odometry_sample,
    tf_message,
    transform_message,
)


def test_a_lost_frame_parts_the_drive(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive, lost=(9,))
    found = run([winding_drive, '--predictions', predictions], tmp_path / 'out')
    thermal = found['cameras']['thermal']
    assert thermal['lost_frames'] == 1
    assert thermal['pose']['drives'] == 2
    assert thermal['pose']['score']['snippets'] == (9 - 4) + (10 - 4)


def test_only_drives_with_turns(winding_drive, tmp_path):
    arguments = [
        winding_drive,
        '--predictions',
        write_predictions(tmp_path / 'made', winding_drive),
    ]
    some = run([*arguments, '--min-turn', '2'], tmp_path / 'a')['cameras']['thermal']
    assert (some['pose']['drives'], some['straight_drives']) == (1, 0)
    assert some['pose']['heading_range_rad'] > np.radians(2)
    none = run([*arguments, '--min-turn', '30'], tmp_path / 'b', code=1)
    assert none['cameras']['thermal']['pose'] is None
    assert none['cameras']['thermal']['straight_drives'] == 1
    assert '1 drives turn too little' in none['problems'][0]


def test_poses_of_another_time(winding_drive, tmp_path, capsys):
    def shift(topic, message):
        if topic == '/ground_truth/odometry':
            message.header.stamp.sec += 100
        return message

    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = copy_drive(winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/odometry'], shift)
    text = fails([bag, '--predictions', predictions], capsys, tmp_path)
    assert 'none of 20 frames has ground truth' in text
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
def test_true_poses_of_other_types(winding_drive, tmp_path, kind, options, truth):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = other_poses(winding_drive, tmp_path / 'bag', kind)
    found = run([bag, '--predictions', predictions, *options], tmp_path / 'out')
    pose = found['cameras']['thermal']['pose']
    assert pose['score']['snippets'] == FRAMES - 4
    assert pose['score']['ate_mean'] == pytest.approx(0, abs=1e-6)
    assert pose['straight_ahead']['ate_mean'] > 0.01
    assert found['recordings'][0]['truth'] == {'motion': truth}


def test_stamped_poses_of_an_unknown_frame(winding_drive, tmp_path, capsys):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    bag = other_poses(winding_drive, tmp_path / 'bag', contract.POSE)
    named = ['--odometry', '/ground_truth/pose@helmet']
    text = fails([bag, '--predictions', predictions, *named], capsys, tmp_path)
    assert "'helmet' is on no TF topic" in text
    assert 'TOPIC@FRAME names what moves' in text


def test_a_camera_in_its_body_frame_is_reported_with_the_motion(winding_drive, tmp_path, capsys):
    def turned(topic, message):
        if topic == '/tf_static':
            for stamped in message.transforms:
                q = stamped.transform.rotation
                q.x, q.y, q.z, q.w = 0.0, 0.0, 0.0, 1.0
        return message

    predictions = write_predictions(tmp_path / 'predictions', winding_drive)
    copy = copy_drive(winding_drive, tmp_path / 'turned', change=turned)
    run([copy, '--predictions', predictions], tmp_path / 'out')
    text = capsys.readouterr().out
    assert text.count('camera mount base_link -> thermal_optical_frame') == 1
    run([winding_drive, '--predictions', predictions], tmp_path / 'right')
    assert 'camera mount' not in capsys.readouterr().out


def test_why_no_motion_could_be_compared(winding_drive, tmp_path, tiny_thermal_bundle):
    def blank(topic, message):
        if topic == '/thermal/image_raw':
            message.data = np.full_like(message.data, 9)
        return message

    bag = copy_drive(winding_drive, tmp_path / 'bag', [*INPUTS, '/ground_truth/odometry'], blank)
    found = run([bag, '--bundle', tiny_thermal_bundle], tmp_path / 'out', code=1)
    assert found['problems'] == [
        'motion: no drive had a snippet of 5 consecutive frames: of 20 frames with a true pose; '
        'the odometry is lost at 20 (constant image 20)'
    ]
    assert found['recordings'][0]['odometry_lost'] == {'constant image': 20}
    assert any('odometry lost at 20 frames: constant image' in note for note in found['notes'])


def test_a_mount_that_is_not_known_fails_the_motion(winding_drive, tmp_path):
    predictions = write_predictions(tmp_path / 'made', winding_drive)
    topics = [*INPUTS[:2], '/ground_truth/odometry', '/ground_truth/thermal/depth']
    bag = copy_drive(winding_drive, tmp_path / 'bag', topics)
    found = run([bag, '--predictions', predictions], tmp_path / 'out', code=1)
    (problem,) = found['problems']
    assert "'thermal_optical_frame' is on no TF topic" in problem
    assert found['cameras']['thermal']['depth']['images'] == FRAMES
