# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Predictions for a synthetic drive, damaged copies of it, and runs of `evaluate` over them."""

import json
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.transforms import RecordedTransforms
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.main import main
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import (
    odometry_message,
    odometry_sample,
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
