# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True maps of a drive as folders of files, as other people's programs write their predictions."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from helpers.evaluations import true_messages
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.stamps import stamp_ns

Change = Callable[[np.ndarray], np.ndarray]


def write_depth_files(
    folder: Path,
    drive: Path,
    kind: str,
    suffix: str = '.npy',
    stamped: bool = True,
    change: Change = lambda depth_m: depth_m,
    shift: int = 0,
) -> Path:
    """Write the true depth of every frame, or of the frame `shift` later; unknown depth is 0."""
    folder.mkdir(parents=True)
    messages = true_messages(drive, f'/ground_truth/{kind}/depth')
    for number, message in enumerate(messages):
        shown = messages[min(number + shift, len(messages) - 1)]
        depth_m = change(np.array(image_to_array(shown)))
        depth_m = np.where(np.isfinite(depth_m), depth_m, 0.0).astype(np.float32)
        name = str(stamp_ns(message.header)) if stamped else str(number)
        if suffix == '.npy':
            np.save(folder / f'{name}.npy', depth_m)
        else:
            assert cv2.imwrite(str(folder / f'{name}.png'), (256 * depth_m).astype(np.uint16))
    return folder


def write_label_files(folder: Path, drive: Path, change: Change = lambda ids: ids) -> Path:
    """Write the true classes of every frame."""
    folder.mkdir(parents=True)
    for message in true_messages(drive, '/ground_truth/rgb/labels'):
        ids = change(np.array(image_to_array(message)))
        assert cv2.imwrite(str(folder / f'{stamp_ns(message.header)}.png'), ids)
    return folder
