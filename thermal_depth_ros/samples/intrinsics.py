# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The camera behind the images: from CameraInfo messages, or from a calibration file."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.qos import parse_yaml
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.messages.camera_info import camera_from_info
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.topics import Topics

_HOW = (
    'give the intrinsics by calibration (a YAML file as camera_calibration writes it), or by '
    'info_topic'
)


def camera_from_messages(recording: Recording, topics: Topics) -> PinholeCamera:
    """Return the camera of the first usable CameraInfo, with its distortion.

    Raises:
        SamplesError: there is none.
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
    raise SamplesError(f'{name}: {topics.info} is of no use ({problem}); {_HOW}')


def read_calibration(path: Path, rectified: bool) -> PinholeCamera:
    """Read a calibration file: image_width, image_height, camera_matrix and distortion.

    Args:
        path: file.
        rectified: the images are rectified: its projection_matrix holds where it has one.

    Raises:
        SamplesError: the file cannot be read, or a field is missing or unusable.
    """
    try:
        values = parse_yaml(path.read_text('utf-8'))
        camera = camera_from_info(_as_info(values, rectified), rectified)
    except (OSError, UnicodeError, BagError, MessageError) as error:
        raise SamplesError(f'{path}: no calibration: {error}') from error
    except KeyError as error:
        raise SamplesError(f'{path}: no calibration: {error.args[0]} is missing') from error
    except (TypeError, ValueError) as error:
        raise SamplesError(f'{path}: no calibration: {error}') from error
    if camera.flaw:
        raise SamplesError(f'{path}: no calibration: {camera.flaw}')
    return camera


def _as_info(values: Any, rectified: bool) -> SimpleNamespace:
    """Return what camera_from_info reads of a message."""
    if not isinstance(values, dict):
        raise ValueError('it is not a list of fields')
    k = _matrix(values, 'camera_matrix', 9)
    p = [*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0]
    if rectified and 'projection_matrix' in values:
        p = _matrix(values, 'projection_matrix', 12)
    plain = rectified or 'distortion_coefficients' not in values
    return SimpleNamespace(
        width=_size(values, 'image_width'),
        height=_size(values, 'image_height'),
        distortion_model=str(values.get('distortion_model', 'plumb_bob')),
        d=[] if plain else _matrix(values, 'distortion_coefficients', None),
        k=k,
        p=p,
        binning_x=0,
        binning_y=0,
        roi=SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
    )


def _size(values: Any, name: str) -> int:
    size = int(values[name])
    if size <= 0:
        raise ValueError(f'{name} is {size}')
    return size


def _matrix(values: Any, name: str, length: int | None) -> list[float]:
    entry = values[name]
    data = entry['data'] if isinstance(entry, dict) else entry
    numbers = [float(value) for value in data]
    if length is not None and len(numbers) != length:
        raise ValueError(f'{name} has {len(numbers)} numbers, not {length}')
    return numbers
