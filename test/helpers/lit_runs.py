# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One street by day and by night, and what an RGB node might publish about it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from helpers.drives import record_drive
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles import CITYSCAPES_19
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.diagnostics import Level, diagnostic_array
from thermal_depth_ros.messages.image import array_to_image, image_to_array
from thermal_depth_ros.messages.labels import label_info
from thermal_depth_ros.messages.stamps import stamp_ns
from thermal_depth_ros.nodes.statuses import NodeStatus

TYPES = bag_types()
FRAME = 'rgb_optical_frame'
STREET = {
    'rgb': (32, 48),
    'seed': 5,
    'duration_s': 1.0,
    'scene': 'street',
    'thermal_rate_hz': 1.0,
    'rgb_rate_hz': 5.0,
}
Change = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class LitRuns:
    """The two drives, and what writes runs over them."""

    day: Path
    night: Path
    run: Callable[..., Path]


@pytest.fixture(scope='session')
def lit_runs(tmp_path_factory: pytest.TempPathFactory) -> LitRuns:
    """Simulate the drives; `run` writes what a node would publish."""
    folder = tmp_path_factory.mktemp('lit')
    for light in ('day', 'night'):
        record_drive(folder / light, light=light, **STREET)
    return LitRuns(folder / 'day', folder / 'night', write_run)


def write_run(
    path: Path,
    drive: Path,
    depth: Change = np.array,
    classes: Change = np.array,
    frames: tuple[int, ...] = (0, 1, 2, 3, 4),
    weights: str = 'trained',
    bundle: str = 'mine',
) -> Path:
    """Write what a node would publish that sees the changed truth in some frames.

    Args:
        path: folder of the recording, made here.
        drive: the drive, with the truth.
        depth: makes the published depth from the true one.
        classes: makes the published class ids from the true ones.
        frames: numbers of those that were published.
        weights: what the node says of its weights.
        bundle: their name.
    """
    topics = {'/ground_truth/rgb/depth': 'depth', '/ground_truth/rgb/labels': 'semantic'}
    with Recording(drive) as source, RecordingWriter(path) as writer:

        def put(key: str, kind: str, message: Any, stamp: int) -> None:
            output = contract.RGB_OUTPUTS[key]
            writer.write(f'/{output.topic}', kind, message, stamp, output.latched)

        names = label_info(TYPES, CITYSCAPES_19, source.start_ns, FRAME)
        put('label_info', contract.LABEL_INFO, names, source.start_ns)
        for topic, key in topics.items():
            for number, record in enumerate(source.read([topic])):
                stamp = stamp_ns(record.message.header)
                if number in frames:
                    true = image_to_array(record.message)
                    changed = depth(true) if key == 'depth' else classes(true)
                    encoding = '32FC1' if key == 'depth' else 'mono8'
                    image = array_to_image(TYPES, changed, encoding, stamp, FRAME)
                    put(key, contract.IMAGE, image, stamp)
        counts = {
            contract.FRAMES_RECEIVED: '5',
            contract.FRAMES_PUBLISHED: str(len(frames)),
            'bundle': bundle,
            'weights': weights,
        }
        array = diagnostic_array(TYPES, stamp, 'rgb', [NodeStatus('model', Level.OK, '', counts)])
        writer.write('/diagnostics', contract.DIAGNOSTICS, array, stamp)
    return path
