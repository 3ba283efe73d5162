# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras of calibration files that users give."""

from pathlib import Path

from thermal_depth_ros.base.yaml_text import YamlError
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.samples.calibration_files import CalibrationError, calibration_fields


def camera_of_file(given: str, topic: str, size: tuple[int, int] | None) -> PinholeCamera:
    """Return the camera of a calibration file.

    Args:
        given: Path of the file.
        topic: Image topic, which selects one camera of a camchain of several.
        size: Width and height of the images, None if unknown.

    Raises:
        DatasetError: It is missing, malformed, or for images of another size.
    """
    path = Path(given).expanduser()
    if not path.is_file():
        raise missing(path, 'a calibration (camera_calibration, OpenCV or Kalibr)')
    try:
        camera = camera_from_info(calibration_fields(path, topic))
    except (CalibrationError, YamlError, MessageError, OSError, UnicodeError) as error:
        raise DatasetError(f'{path}: {error}') from error
    if camera.flaw:
        raise DatasetError(f'{path}: {camera.flaw}')
    if size is not None and (camera.width, camera.height) != size:
        raise DatasetError(
            f'{path}: for images of {camera.width}x{camera.height}, but those of {topic} have '
            f'{size[0]}x{size[1]}'
        )
    return camera
