# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A tiny recording of a running vehicle whose every figure is known, and what was played."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.cloud import CameraRays, depth_cloud
from thermal_depth_ros.messages.diagnostics import Level, diagnostic_array
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.odometry import odometry_message
from thermal_depth_ros.messages.stamps import clock_message, header_message
from thermal_depth_ros.nodes.statuses import NodeStatus

START_NS = 1_700_000_000 * 10**9
# The recorder's wall clock is far from the stamps and runs at half the speed of /clock.
WALL_NS = 1_800_000_000 * 10**9
CLOCK_RATE = 2.0
HEIGHT, WIDTH = 24, 32
FRAMES = 5
PERIOD_NS = 10**9
CAMERA = PinholeCamera(WIDTH, HEIGHT, 30.0, 30.0, 15.5, 11.5)


@dataclasses.dataclass(frozen=True)
class KnownRun:
    """Two recordings and what is true about them."""

    recording: Path
    inputs: Path
    latencies_ms: tuple[float, ...]
    depth: np.ndarray
    labels: np.ndarray
    positions: np.ndarray
    lost: tuple[bool, ...]


def depth_map() -> np.ndarray:
    depth = np.full((HEIGHT, WIDTH), 5.0, np.float32)
    depth[:, WIDTH // 2 :] = 20.0
    depth[0] = np.inf
    depth[-1] = np.nan
    return depth


def label_map() -> np.ndarray:
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    labels[:6] = 10
    labels[-3:] = contract.UNLABELLED
    return labels


def wall(clock_ns: float) -> int:
    """Return the time at which the recorder sees a moment of /clock."""
    return int(WALL_NS + (clock_ns - START_NS) / CLOCK_RATE)


@pytest.fixture(scope='session')
def known_run(tmp_path_factory) -> KnownRun:
    folder = tmp_path_factory.mktemp('run')
    latencies = (40.0, 80.0, 60.0, 100.0, 120.0)
    lost = (False, False, True, False, False)
    positions = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 2, 0], [1, 2, 2]], np.float64)
    _write_outputs(folder / 'out', latencies, positions, lost)
    _write_inputs(folder / 'in')
    return KnownRun(
        folder / 'out', folder / 'in', latencies, depth_map(), label_map(), positions, lost
    )


def _write_outputs(path, latencies, positions, lost) -> None:
    types = bag_types()
    thermal, rgb = contract.THERMAL_OUTPUTS, contract.RGB_OUTPUTS
    with RecordingWriter(path) as writer:

        def put(topic, kind, message, clock_ns, latched=False):
            writer.write('/' + topic.lstrip('/'), kind, message, wall(clock_ns), latched)

        names = label_info(types, CITYSCAPES_19, 0, 'rgb_optical_frame')
        put(rgb['label_info'].topic, contract.LABEL_INFO, names, START_NS, latched=True)
        for tenth in range(FRAMES * 10 + 10):
            now = START_NS + tenth * PERIOD_NS // 10
            put('/clock', 'rosgraph_msgs/msg/Clock', clock_message(types, now), now)
        for index in range(FRAMES):
            stamp = START_NS + index * PERIOD_NS
            at = stamp + latencies[index] * 1e6
            for outputs, frame in ((thermal, 'thermal_optical_frame'), (rgb, 'rgb_optical_frame')):
                for key, array, encoding in _maps(outputs):
                    image = array_to_image(types, array, encoding, stamp, frame)
                    put(outputs[key].topic, contract.IMAGE, image, at)
                rays = CameraRays(CAMERA)
                cloud = depth_cloud(types, depth_map(), rays, stamp, frame, 2)
                put(outputs['points'].topic, contract.POINT_CLOUD, cloud, at)
            pose = np.eye(4)
            pose[:3, 3] = positions[index]
            covariance = np.eye(6) * (9999.0 if lost[index] else 0.01)
            motion = OdometryResult(
                pose, np.zeros(6), covariance, covariance, 'lost' if lost[index] else 'tracking'
            )
            message = odometry_message(types, motion, stamp, 'odom', 'base_link')
            put(thermal['odometry'].topic, contract.ODOMETRY, message, at)
        array = diagnostic_array(types, START_NS, 'robot/thermal', _statuses())
        put('/diagnostics', contract.DIAGNOSTICS, array, at)


def _maps(outputs):
    grey = np.full((HEIGHT, WIDTH), 0.25, np.float32)
    maps = [('depth', depth_map(), '32FC1'), ('confidence', grey, '32FC1')]
    colour = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    if 'semantic' in outputs:
        maps += [('semantic', label_map(), 'mono8'), ('overlay', colour, 'rgb8')]
    if 'colour' in outputs:
        maps += [('colour', colour, 'rgb8')]
    return maps


def _statuses():
    values = {
        'frames received': 9,
        'frames dropped': 4,
        'dropped: replaced by a newer frame': 3,
        'dropped: zero stamp': 1,
    }
    times = {
        'frames published': 5,
        'stamp to publish p50 (ms)': '70.50',
        'stamp to publish p95 (ms)': '110.00',
        'stamp to publish p99 (ms)': '119.00',
    }
    model = {'bundle': 'thermal_default', 'weights': 'untrained', 'device': 'cpu'}
    return [
        NodeStatus('input', Level.OK, '1.0 Hz', values),
        NodeStatus('processing', Level.OK, '1.0 Hz', times),
        NodeStatus('model', Level.WARN, 'weights are untrained', model),
    ]


def _write_inputs(path) -> None:
    types = bag_types()
    ramp = np.tile(np.arange(WIDTH, dtype=np.uint8) * 8, (HEIGHT, 1))
    with RecordingWriter(path) as writer:
        for index in range(FRAMES * 2):
            stamp = START_NS + index * PERIOD_NS // 2
            header = header_message(types, stamp, 'thermal_optical_frame')
            data = cv2.imencode('.png', ramp)[1]
            message = types.CompressedImage(header=header, format='mono8; png', data=data)
            writer.write('/thermal/image_raw/compressed', contract.COMPRESSED_IMAGE, message, stamp)
