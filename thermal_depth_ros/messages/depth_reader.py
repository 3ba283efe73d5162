# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth images of any sensor -> metres: REP 118, 16-bit millimetres, compressedDepth, PNG."""

import struct
from typing import Any

import numpy as np

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import is_compressed
from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.image import image_to_array, octets_view
from thermal_depth_ros.messages.picture_decoding import decode_picture
from thermal_depth_ros.messages.rvl import decode_rvl

_TRANSPORT, _PNG, _RVL = 'compresseddepth', 'png', 'rvl'
# In front of the PNG, compressed_depth_image_transport writes its format and two floats A and B.
_HEADER = struct.Struct('<iff')


def depth_from_message(msg: Any) -> np.ndarray:
    """Return the depth (H, W) float32 in metres of an Image or CompressedImage; holes are NaN.

    32FC1 and 64FC1 are metres, with the infinities of REP 117 kept; 16UC1 and mono16, raw or as
    PNG, are millimetres with 0 for holes; compressedDepth is either.

    Raises:
        UnsupportedError: It is no depth image, or of a codec that is not read.
        MessageError: The message is damaged.
    """
    if not is_compressed(msg):
        return _metres(image_to_array(msg), 'encoding', msg.encoding)
    if _TRANSPORT in str(msg.format).lower():
        return _from_compressed_depth(msg)
    return _metres(decode_compressed(msg).array, 'format', msg.format)


def _metres(array: np.ndarray, field: str, value: str) -> np.ndarray:
    if array.ndim == 2 and array.dtype.kind == 'f':
        depth = array.astype(np.float32)
        depth[depth == 0] = np.nan
        return depth
    if array.ndim == 2 and array.dtype == np.uint16:
        return _from_millimetres(array)
    reason = 'not supported: no depth image; those are 32FC1 in metres or 16UC1 in millimetres'
    raise UnsupportedError(field, str(value), reason)


def _from_millimetres(array: np.ndarray) -> np.ndarray:
    depth = array.astype(np.float32)
    depth *= 1e-3
    depth[array == 0] = np.nan
    return depth


def _from_compressed_depth(msg: Any) -> np.ndarray:
    octets = octets_view('data', msg.data)
    if not octets.size:
        raise MessageError('len(data)', 0, 'an empty message')
    if octets.size <= _HEADER.size:
        raise MessageError('len(data)', int(octets.size), 'too short for compressedDepth')
    _, a, b = _HEADER.unpack_from(octets.tobytes())
    array = _decode_16_bits(octets[_HEADER.size :], str(msg.format))
    if not str(msg.format).lstrip().upper().startswith('32F'):
        return _from_millimetres(array)
    with np.errstate(divide='ignore', invalid='ignore'):
        depth: np.ndarray = np.float32(a) / (array.astype(np.float32) - np.float32(b))
    depth[array == 0] = np.nan
    return depth


def _decode_16_bits(octets: np.ndarray, format_: str) -> np.ndarray:
    """Return the numbers (H, W) uint16 behind the header of compressedDepth.

    The format is 'ENCODING; compressedDepth CODEC'; senders of old leave PNG unsaid.
    """
    codec = format_.lower().partition(_TRANSPORT)[2].strip() or _PNG
    if codec == _RVL:
        return decode_rvl(octets)
    if codec != _PNG:
        raise UnsupportedError('format', format_, 'not supported: compressedDepth is png or rvl')
    array = decode_picture(octets)
    if array.dtype != np.uint16 or array.ndim != 2:
        raise UnsupportedError('data', str(array.dtype), 'not supported: it is no 16-bit PNG')
    return array
