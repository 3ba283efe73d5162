# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Class ids of an Image, or of a CompressedImage (PNG), with or without a palette."""

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import is_compressed
from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.picture_header import read_picture_header

_MAGIC = b'\x89PNG\r\n\x1a\n'
_COLOUR_TYPE_AT = 25
_BITS_AT = 24
_GREY, _PALETTE = 0, 3


def png_ids(data: bytes) -> np.ndarray | None:
    """Return the ids (H, W) uint8 that OpenCV would change; None for other images.

    They are the indices of a PNG with a palette, and the values of a grey one of 1, 2 or 4 bits.

    Raises:
        MessageError: The PNG is truncated, damaged or too large.
    """
    if not data.startswith(_MAGIC) or len(data) <= _COLOUR_TYPE_AT:
        return None
    colour_type = data[_COLOUR_TYPE_AT]
    if colour_type != _PALETTE and (colour_type != _GREY or data[_BITS_AT] >= 8):
        return None
    read_picture_header(data)
    # OpenCV applies the palette and discards the indices. The same pixels, declared as grey without
    # a palette, are the indices; OpenCV stretches grey of fewer than 8 bits to 0..255.
    grey, bits = b'', 8
    for kind, content in _chunks(data):
        if kind == b'IHDR':
            bits = content[8]
            content = content[:9] + bytes([_GREY]) + content[10:]
        if kind in (b'IHDR', b'IDAT', b'IEND'):
            checksum = zlib.crc32(content, zlib.crc32(kind))
            grey += struct.pack('>I4s', len(content), kind) + content + struct.pack('>I', checksum)
    array = cv2.imdecode(np.frombuffer(_MAGIC + grey, np.uint8), cv2.IMREAD_UNCHANGED)
    if array is None or array.ndim != 2:
        raise MessageError('data', 'png', 'cannot be decoded')
    return np.asarray(array // (255 // (2**bits - 1)), np.uint8)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of each chunk of a complete PNG."""
    at = len(_MAGIC)
    while at < len(data):
        length, kind = struct.unpack_from('>I4s', data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b'IEND':
            return


def labels_from_message(message: Any) -> np.ndarray:
    """Return the class ids (H, W) int64 of an Image or a CompressedImage (PNG).

    The ids of a palette PNG are its indices.

    Raises:
        UnsupportedError: It holds colours or floats instead of ids.
        MessageError: The message is damaged.
    """
    compressed = is_compressed(message)
    array = _compressed_ids(message) if compressed else image_to_array(message)
    if array.ndim != 2 or array.dtype.kind not in 'iu':
        shape = f'{array.shape} of {array.dtype}'
        reason = 'not supported: class ids are one channel of integers'
        raise UnsupportedError('data', shape, reason)
    return array.astype(np.int64)


def _compressed_ids(message: Any) -> np.ndarray:
    indices = png_ids(bytes(message.data))
    return decode_compressed(message).array if indices is None else indices
