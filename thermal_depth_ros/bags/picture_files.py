# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image files of data sets: camera pictures, depth maps, class ids."""

from pathlib import Path

import cv2
import numpy as np

from thermal_depth_ros import contract
from thermal_depth_ros.bags.errors import BagError

PNG_PER_METRE = 256.0  # of 16-bit depth, as KITTI, MS2 and RobotCar have it


def _read(path: Path) -> np.ndarray:
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise BagError(f'{path}: cannot be read: {error}') from error
    array = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    if array is None:
        raise BagError(f'{path}: not an image that can be decoded')
    return array


def camera_pixels(path: Path, kind: str) -> tuple[np.ndarray, str]:
    """Read an image of a camera and return it with its encoding.

    Raises:
        BagError: the file cannot be read, or holds no image of this kind of camera.
    """
    array = _read(path)
    if array.ndim == 2 and array.dtype in (np.uint8, np.uint16):
        return array, f'mono{8 * array.dtype.itemsize}'
    if kind == contract.RGB and array.dtype == np.uint8 and array.shape[2] in (3, 4):
        return array, 'bgr8' if array.shape[2] == 3 else 'bgra8'
    raise BagError(f'{path}: {array.shape} {array.dtype} is no image of a {kind} camera')


def depth_pixels(path: Path) -> tuple[np.ndarray, str]:
    """Read a depth map in metres: a .npy file, or a PNG of 16 bits with PNG_PER_METRE to the metre.

    Raises:
        BagError: the file cannot be read, or holds no depth map.
    """
    if path.suffix == '.npy':
        try:
            depth = np.load(path, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BagError(f'{path}: {error}') from error
    else:
        depth = _read(path)
        if depth.dtype != np.uint16:
            raise BagError(f'{path}: depth as PNG has 16 bits, not {depth.dtype}')
        depth = depth / PNG_PER_METRE
    if depth.ndim != 2:
        raise BagError(f'{path}: a depth map has the shape (H, W), not {depth.shape}')
    return np.ascontiguousarray(depth, np.float32), '32FC1'


def label_pixels(path: Path) -> tuple[np.ndarray, str]:
    """Read class ids: a grey image of 8 or 16 bits.

    Raises:
        BagError: the file cannot be read, or holds colours instead of ids.
    """
    array = _read(path)
    if array.ndim != 2 or array.dtype not in (np.uint8, np.uint16):
        raise BagError(
            f'{path}: labels are a grey image of class ids; this has the shape {array.shape} of '
            f'{array.dtype}'
        )
    return array, f'mono{8 * array.dtype.itemsize}'
