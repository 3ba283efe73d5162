# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera of the images, from CameraInfo messages or a calibration file."""

from pathlib import Path

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.yaml_text import YamlError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.samples.calibration_files import CalibrationError, calibration_fields
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.topics import Topics

_HOW = (
    'give the intrinsics by calibration (a file of camera_calibration, OpenCV or Kalibr), or by '
    'info_topic'
)


def camera_from_messages(recording: Recording, topics: Topics) -> PinholeCamera:
    """Return the camera of the first usable CameraInfo, with its distortion.

    Raises:
        SamplesError: There is none.
    """
    name = ', '.join(str(path) for path in recording.paths)
    if not topics.info:
        raise SamplesError(f'{name}: no CameraInfo belongs to {topics.image}; {_HOW}')
    problem = 'it has no messages'
    for record in recording.read([topics.info]):
        try:
            camera = camera_from_info(record.message, topics.rectified)
        except (BagError, MessageError) as error:
            problem = str(error)
            continue
        if camera.calibrated and camera.width and camera.height:
            return camera
        problem = camera.flaw or f'its images are {camera.width}x{camera.height}'
    raise SamplesError(f'{name}: {topics.info} is unusable ({problem}); {_HOW}')


def read_calibration(path: Path, rectified: bool, image_topic: str = '') -> PinholeCamera:
    """Read a calibration file; see `calibration_fields` for the kinds of files.

    Args:
        path: File.
        rectified: Whether the images are rectified; then projection_matrix applies, if given.
        image_topic: Image topic of the camera, which selects the entry in a file of several
            cameras.

    Raises:
        SamplesError: The file cannot be read, or a field is missing or unusable.
    """
    try:
        camera = camera_from_info(calibration_fields(path, image_topic), rectified)
    except (OSError, UnicodeError, YamlError, MessageError, CalibrationError) as error:
        raise SamplesError(f'{path}: no calibration: {error}') from error
    if camera.flaw:
        raise SamplesError(f'{path}: no calibration: {camera.flaw}')
    return camera
