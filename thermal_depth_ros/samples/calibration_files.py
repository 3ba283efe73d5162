# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibration files of camera_calibration, OpenCV and Kalibr, as the fields of a CameraInfo."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.yaml_text import parse_yaml

MAX_BYTES = 1 << 20
# Common names of the fields in files of cv2.FileStorage, such as those of OpenCV's samples.
_MATRICES = ('camera_matrix', 'Camera_Matrix', 'cameraMatrix', 'K', 'M', 'M1', 'mtx')
_COEFFICIENTS = (
    'distortion_coefficients',
    'Distortion_Coefficients',
    'distCoeffs',
    'dist_coeffs',
    'distortion',
    'dist',
    'D',
    'D1',
)
_WIDTHS = ('image_width', 'image_Width', 'width')
_HEIGHTS = ('image_height', 'image_Height', 'height')
_SIZES = ('image_size', 'imageSize', 'size', 'resolution')
_MODELS = ('distortion_model', 'camera_model')
_FISHEYE = ('fisheye_model', 'fisheye', 'useFisheye')
# Values of camera_model in the wild: the projection model, or the distortion model.
_FISHEYE_CAMERAS = ('fisheye', 'equidistant', 'kannala_brandt')
_PINHOLE_CAMERAS = ('', 'none', 'pinhole', 'perspective')
_KALIBR_DISTORTIONS = {'radtan': 'plumb_bob', 'equidistant': 'equidistant', 'equi': 'equidistant'}


class CalibrationError(ThermalDepthError, ValueError):
    """A calibration file is unusable; the message names the field and its problem."""


def calibration_fields(path: Path, image_topic: str = '') -> SimpleNamespace:
    """Read a calibration file as a message for `camera_from_info`.

    Args:
        path: YAML of camera_calibration, YAML, XML or JSON of cv2.FileStorage, or a camchain of
            Kalibr.
        image_topic: Image topic of the camera, which selects the entry in a camchain of several
            cameras.

    Raises:
        CalibrationError: It is malformed, or a field is missing or unusable.
        YamlError: It is not YAML.
        OSError, UnicodeError: It cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise CalibrationError(f'larger than {MAX_BYTES} bytes')
    text = path.read_text('utf-8')
    if _is_file_storage(text):
        return _from_values(_storage_values(text))
    values = parse_yaml(text)
    if not isinstance(values, dict):
        raise CalibrationError('it is not a list of fields')
    chain = {str(key): entry for key, entry in values.items() if _is_kalibr(entry)}
    if chain:
        return _from_kalibr(chain, image_topic)
    return _from_values(values)


def _is_file_storage(text: str) -> bool:
    """Whether a text is in the YAML or XML dialect of OpenCV, which YAML parsers reject."""
    head = text.lstrip('\ufeff \t\r\n')[:512]
    return head.startswith(('%YAML:', '<?xml', '<opencv_storage')) or '!!opencv-matrix' in text


def _storage_values(text: str) -> dict[str, Any]:
    """Return the top-level matrices, numbers and strings of a file of cv2.FileStorage."""
    try:
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    except (cv2.error, SystemError) as error:
        raise CalibrationError(f'not readable by cv2.FileStorage: {_line(error)}') from error
    try:
        root = storage.root()
        return {name: _storage_value(root.getNode(name)) for name in list(root.keys())}
    except (cv2.error, SystemError) as error:
        raise CalibrationError(f'not readable by cv2.FileStorage: {_line(error)}') from error
    finally:
        storage.release()


def _storage_value(node: Any) -> Any:
    if node.isInt() or node.isReal():
        return node.real()
    if node.isString():
        return node.string()
    if node.isSeq():
        return [_storage_value(node.at(index)) for index in range(node.size())]
    matrix = node.mat() if node.isMap() else None
    return None if matrix is None else matrix.reshape(-1).tolist()


def _line(error: Exception) -> str:
    return ' '.join(str(error).split())[:200]


def _from_values(values: Mapping[Any, Any]) -> SimpleNamespace:
    """Read the layout of camera_calibration, accepting the names of OpenCV's samples."""
    k = _numbers(values, _name(values, _MATRICES), 9)
    coefficients = _name(values, _COEFFICIENTS, required=False)
    d = _numbers(values, coefficients) if coefficients else []
    width, height = _image_size(values)
    p = _numbers(values, 'projection_matrix', 12) if 'projection_matrix' in values else None
    return _info(width, height, k, d, _model(values), p)


def _model(values: Mapping[Any, Any]) -> str:
    """Return the distortion model; '' if only the number of coefficients tells it.

    Raises:
        CalibrationError: Two fields contradict each other.
    """
    distortion, camera = (str(values.get(name, '') or '').strip().lower() for name in _MODELS)
    flag = next((values[name] for name in _FISHEYE if name in values), None)
    fisheye = camera in _FISHEYE_CAMERAS or (flag is not None and bool(_number(flag)))
    if fisheye:
        if distortion not in ('', *_FISHEYE_CAMERAS):
            raise CalibrationError(
                f'distortion_model {distortion} contradicts the fisheye camera that '
                f'{"camera_model" if camera in _FISHEYE_CAMERAS else "fisheye_model"} tells of'
            )
        return 'equidistant'
    if distortion:
        return distortion
    if camera not in _PINHOLE_CAMERAS:
        return camera  # older versions of camera_calibration write the distortion there
    return 'plumb_bob' if flag is not None or camera == 'pinhole' else ''


def _image_size(values: Mapping[Any, Any]) -> tuple[int, int]:
    size = next((values[name] for name in _SIZES if name in values), None)
    if isinstance(size, Sequence) and not isinstance(size, str) and len(size) == 2:
        return _size('image_size', size[0]), _size('image_size', size[1])
    names = _name(values, _WIDTHS), _name(values, _HEIGHTS)
    return _size(names[0], values[names[0]]), _size(names[1], values[names[1]])


def _is_kalibr(entry: Any) -> bool:
    return isinstance(entry, dict) and 'intrinsics' in entry and 'camera_model' in entry


def _from_kalibr(chain: Mapping[str, Mapping[str, Any]], image_topic: str) -> SimpleNamespace:
    """Read one camera of a camchain: pinhole with radtan, equidistant or no distortion."""
    name, entry = _camera_of_chain(chain, image_topic)
    model, distortion = str(entry['camera_model']), str(entry.get('distortion_model', 'none'))
    if model != 'pinhole':
        raise CalibrationError(f'{name}: camera_model {model} of Kalibr is not known, only pinhole')
    if distortion not in (*_KALIBR_DISTORTIONS, 'none'):
        known = ', '.join(_KALIBR_DISTORTIONS)
        raise CalibrationError(
            f'{name}: distortion_model {distortion} of Kalibr is not known, only {known} and none'
        )
    fx, fy, cx, cy = _numbers(entry, 'intrinsics', 4)
    width, height = _image_size(entry)
    plain = distortion == 'none'
    d = [] if plain else _numbers(entry, 'distortion_coeffs', 4)
    k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
    return _info(width, height, k, d, _KALIBR_DISTORTIONS.get(distortion, ''), None)


def _camera_of_chain(
    chain: Mapping[str, Mapping[str, Any]], image_topic: str
) -> tuple[str, Mapping[str, Any]]:
    if len(chain) == 1:
        return next(iter(chain.items()))
    topics = {name: str(entry.get('rostopic', '')) for name, entry in chain.items()}
    own = [name for name, topic in topics.items() if topic and _base(topic) == _base(image_topic)]
    if len(own) == 1:
        return own[0], chain[own[0]]
    listed = ', '.join(f'{name} ({topic or "no rostopic"})' for name, topic in topics.items())
    raise CalibrationError(
        f'the camchain has {len(chain)} cameras, {listed}, and not exactly one with the rostopic '
        f'{image_topic or "of the images"}'
    )


def _base(topic: str) -> str:
    return '/' + topic.strip('/').removesuffix('/compressed')


def _info(
    width: int, height: int, k: list[float], d: list[float], model: str, p: list[float] | None
) -> SimpleNamespace:
    return SimpleNamespace(
        width=width,
        height=height,
        distortion_model=model,
        d=d,
        k=k,
        p=p or [*k[0:3], 0.0, *k[3:6], 0.0, *k[6:9], 0.0],
        binning_x=0,
        binning_y=0,
        roi=SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0),
    )


def _name(values: Mapping[Any, Any], names: Sequence[str], required: bool = True) -> str:
    """Return the first of several names that is present."""
    key = next((name for name in names if name in values), '')
    if required and not key:
        raise CalibrationError(f'{names[0]} is missing')
    return key


def _size(name: str, value: Any) -> int:
    size = _number(value, name)
    if size != int(size) or size <= 0:
        raise CalibrationError(f'{name} is {value}')
    return int(size)


def _number(value: Any, name: str = 'a number') -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise CalibrationError(f'{name} is {str(value)[:40]!r}, not a number') from error
    if number != number or number in (float('inf'), float('-inf')):
        raise CalibrationError(f'{name} is {number}')
    return number


def _numbers(values: Mapping[Any, Any], name: str, length: int | None = None) -> list[float]:
    if name not in values:
        raise CalibrationError(f'{name} is missing')
    entry = values[name]
    data = entry.get('data') if isinstance(entry, dict) else entry
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise CalibrationError(f'{name} is {str(data)[:40]!r}, not a list of numbers')
    numbers = [_number(number, name) for value in data for number in _flat(value)]
    if length is not None and len(numbers) != length:
        raise CalibrationError(f'{name} has {len(numbers)} numbers, not {length}')
    return numbers


def _flat(value: Any) -> Sequence[Any]:
    """Return the numbers of a matrix row, or a single number."""
    return value if isinstance(value, list) else (value,)
