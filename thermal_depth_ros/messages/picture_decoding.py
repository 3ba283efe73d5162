# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decodes JPEG and PNG files of a checked size, without invented pixels."""

import cv2
import numpy as np

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import PixelLimit
from thermal_depth_ros.messages.picture_header import PictureHeader, read_picture_header

# Decoders fill missing rows of a truncated JPEG with this grey.
_FILL, _BLOCK = 128, 8
# Bits that no encoder writes there: a complete image ignores them, a truncated one decodes them.
_MORE_DATA = b'\x55\x2a' * 32


def decode_picture(octets: np.ndarray, limit: PixelLimit | None = None) -> np.ndarray:
    """Return the pixels (H, W) or (H, W, C) of a JPEG or PNG as stored.

    Args:
        octets: (N,) uint8: the file.
        limit: Size limit of the image; the limit of the process if None.

    Raises:
        UnsupportedError: Neither a JPEG nor a PNG.
        MessageError: Truncated or damaged data, or a declared size above the limit. Nothing is
            allocated before these checks.
    """
    return decode_checked(octets, read_picture_header(octets.tobytes(), limit))


def decode_checked(octets: np.ndarray, header: PictureHeader) -> np.ndarray:
    """Return the pixels of a file with a parsed header; see `decode_picture`."""
    array = _decode(octets, header)
    if header.codec == 'jpeg' and (header.progressive or _ends_grey(array)):
        _check_end(octets, header, array)
    return array


def _decode(octets: np.ndarray, header: PictureHeader) -> np.ndarray:
    try:
        array = cv2.imdecode(octets, cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        reason = f'damaged: cannot be decoded ({getattr(error, "err", error)})'
        raise MessageError('data', header.codec, reason) from None
    if array is None or array.shape[:2] != (header.height, header.width):
        raise MessageError('data', header.codec, 'damaged: cannot be decoded')
    return array


def _ends_grey(array: np.ndarray) -> bool:
    return bool((array[-_BLOCK:, -_BLOCK:] == _FILL).all())


def _check_end(octets: np.ndarray, header: PictureHeader, array: np.ndarray) -> None:
    """Refuse a JPEG whose last scan ends before the image is complete."""
    more = np.frombuffer(_MORE_DATA, np.uint8)
    longer = np.concatenate([octets[: header.end], more, octets[header.end :]])
    if not np.array_equal(_decode(longer, header), array):
        raise MessageError('data', header.codec, 'truncated: the picture ends before its last row')
