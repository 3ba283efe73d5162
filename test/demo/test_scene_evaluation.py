# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded outputs of the vehicle compared with ground truth in the played recording."""

from pathlib import Path

import numpy as np
import pytest

from helpers.drives import record_drive
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.demo.scene_evaluation import evaluate_scene
from thermal_depth_ros.demo.source import find_source
from thermal_depth_ros.evaluation.reports.run_report import read_scene
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.diagnostics import Level, diagnostic_array
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.odometry import odometry_message, odometry_sample
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.nodes.statuses import NodeStatus

TYPES = bag_types()
FRAMES = 10


@pytest.fixture(scope='module')
def drive(tmp_path_factory) -> Path:
    size = {'thermal': (32, 40), 'rgb': (32, 32), 'rgb_rate_hz': 2.0}
    path = tmp_path_factory.mktemp('evaluated') / 'drive'
    return record_drive(path, seed=3, duration_s=1.0, scene='winding', light='day', **size)


def perfect_run(drive: Path, path: Path, weights: dict[str, str], odometry: bool = True) -> Path:
    """Write what nodes would publish that see half of the true depth and all of the motion."""
    with Recording(drive) as source, RecordingWriter(path) as writer:
        stamps = set()
        for record in source.read(['/ground_truth/thermal/depth']):
            stamp = stamp_ns(record.message.header)
            stamps.add(stamp)
            half = image_to_array(record.message) * np.float32(0.5)
            depth = array_to_image(TYPES, half, '32FC1', stamp, 'thermal_optical_frame')
            writer.write('/thermal/depth/image', contract.IMAGE, depth, stamp)
        for record in source.read(['/ground_truth/odometry']):
            sample = odometry_sample(record.message)
            if odometry and sample.stamp_ns in stamps:
                sure = np.eye(6) * 0.01
                made = OdometryResult(sample.T_frame_child, np.zeros(6), sure, sure, 'tracking')
                message = odometry_message(TYPES, made, sample.stamp_ns, 'odom', 'base_link')
                writer.write('/odometry', contract.ODOMETRY, message, sample.stamp_ns)
        for kind, state in weights.items():
            parts = [NodeStatus('model', Level.OK, '', {'bundle': 'mine', 'weights': state})]
            array = diagnostic_array(TYPES, stamp, kind, parts)
            writer.write('/diagnostics', contract.DIAGNOSTICS, array, stamp)
    return path


def evaluated(drive: Path, recording: Path):
    return evaluate_scene(read_scene(recording, drive), find_source(drive), {})


def test_figures_are_those_of_the_drive(drive, tmp_path):
    weights = {'thermal': 'trained', 'rgb': 'untrained (all)'}
    found = evaluated(drive, perfect_run(drive, tmp_path / 'run', weights))
    (camera,) = found.cameras
    depth, pose = camera.result.depth, camera.result.pose
    assert (camera.kind, depth.images) == ('thermal', FRAMES)
    assert depth.scaled.abs_rel == pytest.approx(0, abs=1e-6)
    assert depth.metric.abs_rel == pytest.approx(0.5, abs=1e-6)
    assert pose.score.snippets == FRAMES - 4
    assert pose.score.ate_mean == pytest.approx(0, abs=1e-9)
    assert pose.straight_ahead.ate_mean > 1e-3
    assert camera.tracks[0].scale == pytest.approx(1)
    shown = [*camera.gallery.depth.worst, *camera.gallery.depth.best]
    assert shown
    assert all(frame.image.dtype == np.uint16 for frame in shown)
    assert found.notes == ('The rgb camera is not compared: its networks are untrained.',)


def test_random_weights_and_silent_nodes_are_not_evaluated(drive, tmp_path):
    found = evaluated(drive, perfect_run(drive, tmp_path / 'run', {'thermal': 'untrained (all)'}))
    assert found.cameras == ()
    assert found.notes == (
        'The thermal camera is not compared: its networks are untrained.',
        'The rgb camera is not compared: its node did not report.',
    )


def test_what_cannot_be_compared_is_reported(drive, tmp_path):
    run = perfect_run(drive, tmp_path / 'run', {'thermal': 'trained'}, odometry=False)
    found = evaluated(drive, run)
    assert found.cameras == ()
    assert 'Nothing is compared with ground truth' in found.notes[-1]
    assert '/odometry' in found.notes[-1]


def test_a_recording_without_a_truth_is_not_evaluated(repository, drive, tmp_path):
    run = perfect_run(drive, tmp_path / 'run', {'thermal': 'trained'})
    lepton = find_source(repository / 'demo' / 'recording_lepton')
    found = evaluate_scene(read_scene(run), lepton, {})
    assert (found.cameras, found.notes) == ((), ())
