# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/CompressedImage -> arrays: JPEG, and PNG of 8 or 16 bit."""

import dataclasses
from typing import Any

import numpy as np

from thermal_depth_ros.messages.errors import UnsupportedError
from thermal_depth_ros.messages.image import Layout, PixelLimit, octets_view
from thermal_depth_ros.messages.picture_decoding import decode_checked
from thermal_depth_ros.messages.picture_header import PictureHeader, read_picture_header

_LAYOUTS = {1: Layout.MONO, 3: Layout.BGR, 4: Layout.BGRA}
_REVERSED = {Layout.BGR: Layout.RGB, Layout.BGRA: Layout.RGBA}


@dataclasses.dataclass(frozen=True, eq=False)
class DecodedImage:
    """Decoded pixels (H, W) or (H, W, C), and the name of their encoding."""

    array: np.ndarray
    encoding: str


def decode_compressed(msg: Any, limit: PixelLimit | None = None) -> DecodedImage:
    """Decode a CompressedImage; the encoding gives the order of the colours.

    `format` is 'jpeg', 'png', or, as in image_transport, 'ORIGINAL; CODEC compressed STORED'. The
    codec is detected from the data. The format matters only if R, G, B were passed to the encoder
    without conversion ('rgb8; jpeg compressed rgb8'): then red and blue are swapped in the file.

    Args:
        msg: CompressedImage.
        limit: Size limit of the image; the limit of the process if None.

    Raises:
        MessageError: Unsupported format, truncated or damaged data, or a declared size above the
            limit. Nothing is allocated before these checks.
    """
    octets = octets_view('data', msg.data)
    header = read_picture_header(octets.tobytes(), limit)
    _check_declared_bits(str(msg.format), header)
    array = decode_checked(octets, header)
    return DecodedImage(array, _encoding_of(array, str(msg.format)))


def _check_declared_bits(format_: str, header: PictureHeader) -> None:
    """Refuse float encodings, which neither codec can represent."""
    original = format_.partition(';')[0].strip()
    if original.startswith(('32F', '64F', '32S')):
        reason = f'not supported: a {header.codec} cannot hold such pixels; use the raw topic'
        raise UnsupportedError('format', format_, reason)


def _encoding_of(array: np.ndarray, format_: str) -> str:
    channels = 1 if array.ndim == 2 else array.shape[2]
    layout = _LAYOUTS.get(channels)
    if layout is None or array.dtype not in (np.uint8, np.uint16):
        reason = 'not supported: no kind of image'
        raise UnsupportedError('data', f'{channels} channels of {array.dtype}', reason)
    stored = format_.partition(';')[2].partition('compressed')[2].strip()
    if stored.startswith('rgb'):
        layout = _REVERSED.get(layout, layout)
    return f'{layout.value}{8 * array.dtype.itemsize}'
