# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image files of data sets: camera pictures, depth maps, class ids."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base import contract
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import default_limit
from thermal_depth_ros.messages.label_reader import png_ids
from thermal_depth_ros.messages.picture_decoding import decode_picture

PNG_PER_METRE = 256.0  # of 16-bit depth, as KITTI, MS2 and RobotCar have it


def _data(path: Path) -> np.ndarray:
    try:
        return np.fromfile(path, np.uint8)
    except OSError as error:
        raise BagError(f'{path}: cannot be read: {error}') from error


def _read(path: Path) -> np.ndarray:
    try:
        return decode_picture(_data(path))
    except MessageError as error:
        raise BagError(f'{path}: not an image that can be decoded: {error}') from error


def camera_pixels(path: Path, kind: str) -> tuple[np.ndarray, str]:
    """Read an image of a camera and return it with its encoding.

    Colours of a thermal camera are returned as they are: whether their channels are equal, so that
    they are counts, is decided as in a recording (`image_kind.py`).

    Raises:
        BagError: The file cannot be read, or holds no image of this kind of camera.
    """
    array = _read(path)
    if array.ndim == 2 and array.dtype in (np.uint8, np.uint16):
        return array, f'mono{8 * array.dtype.itemsize}'
    bits = 8 * array.dtype.itemsize
    takes_bits = (8,) if kind == contract.RGB else (8, 16)
    if array.dtype.kind == 'u' and bits in takes_bits and array.shape[2:] in ((3,), (4,)):
        return array, f'{"bgr" if array.shape[2] == 3 else "bgra"}{bits}'
    raise BagError(f'{path}: {array.shape} {array.dtype} is no image of a {kind} camera')


def depth_pixels(path: Path, units_per_metre: float = PNG_PER_METRE) -> tuple[np.ndarray, str]:
    """Read a depth map in metres: a .npy file, or a PNG of 16 bits with so many units to the metre.

    Raises:
        BagError: The file cannot be read, or holds no depth map.
    """
    if path.suffix.lower() == '.npy':
        try:
            # Mapped: a header that declares more than the file holds is refused, not allocated.
            depth = np.load(path, mmap_mode='r', allow_pickle=False)
        except (OSError, ValueError, EOFError, OverflowError) as error:
            raise BagError(f'{path}: {error}') from error
        if not isinstance(depth, np.ndarray):
            depth.close()
            raise BagError(f'{path}: several arrays (.npz) under the name of one')
        if depth.dtype.kind != 'f':
            # Whole numbers are hardly ever metres.
            raise BagError(
                f'{path}: depth in metres is of floating-point numbers, not {depth.dtype}'
            )
    else:
        depth = _read(path)
        if depth.dtype != np.uint16:
            raise BagError(f'{path}: depth as PNG has 16 bits, not {depth.dtype}')
        depth = depth / units_per_metre
    if depth.ndim != 2:
        raise BagError(f'{path}: a depth map has the shape (H, W), not {depth.shape}')
    try:
        default_limit().check(depth.shape[1], depth.shape[0])
    except MessageError as error:
        raise BagError(f'{path}: {error}') from error
    return np.ascontiguousarray(depth, np.float32), '32FC1'


def label_pixels(path: Path) -> tuple[np.ndarray, str]:
    """Read class ids: a grey image of 8 or 16 bits, or the indices of a PNG with a palette.

    Raises:
        BagError: The file cannot be read, or holds colours instead of ids.
    """
    try:
        indices = png_ids(_data(path).tobytes())
    except MessageError as error:
        raise BagError(f'{path}: {error}') from error
    array = _read(path) if indices is None else indices
    if array.ndim != 2 or array.dtype not in (np.uint8, np.uint16):
        raise BagError(
            f'{path}: labels are a grey image of class ids; this has the shape {array.shape} of '
            f'{array.dtype}'
        )
    return array, f'mono{8 * array.dtype.itemsize}'
