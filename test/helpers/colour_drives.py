# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of a colour camera, small enough to train from in a test."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.contract import CAMERA_INFO, IMAGE
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image

TOPIC, INFO, FRAME = '/rgb/image_raw', '/rgb/camera_info', 'rgb_optical'
START_NS, PERIOD_NS = 1_700_000_000_000_000_000, 100_000_000

ColourDrive = Callable[..., Path]


def picture(number: int, light: float, height: int, width: int) -> np.ndarray:
    """Return one image (H, W, 3) of stripes that pass by, bright by day and dark by night."""
    rng = np.random.default_rng(number)
    columns = np.arange(width)[None, :, None] + 3 * number
    rows = np.arange(height)[:, None, None]
    stripes = 0.5 + 0.5 * np.sin(columns / np.array([5.0, 7.0, 11.0]) + rows / 9.0)
    noise = rng.normal(0, 2, (height, width, 3))
    return np.clip(255 * light * stripes + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope='session')
def colour_drive(tmp_path_factory: pytest.TempPathFactory) -> ColourDrive:
    """Write a recording and return its folder."""

    def write(
        name: str, count: int = 6, light: float = 0.9, height: int = 32, width: int = 48
    ) -> Path:
        path = tmp_path_factory.mktemp('drives') / name
        camera = PinholeCamera(width, height, 40.0, 40.0, (width - 1) / 2, (height - 1) / 2)
        types = bag_types()
        with RecordingWriter(path) as writer:
            for number in range(count):
                stamp = START_NS + number * PERIOD_NS
                image = picture(number, light, height, width)
                writer.write(
                    TOPIC, IMAGE, array_to_image(types, image, 'rgb8', stamp, FRAME), stamp
                )
                info = pinhole_camera_info(types, camera, stamp, FRAME)
                writer.write(INFO, CAMERA_INFO, info, stamp)
        return path

    return write
