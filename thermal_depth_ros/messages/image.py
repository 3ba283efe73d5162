# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""sensor_msgs/Image <-> arrays, without colour conversion."""

from typing import Any

import numpy as np

from thermal_depth_ros.messages.buffers import octets_view
from thermal_depth_ros.messages.encodings import Encoding, Layout, encoding_named
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.types import MessageTypes

_NATIVE_IS_BIG = np.dtype('>u2').isnative


def image_to_array(msg: Any) -> np.ndarray:
    """Return the pixels of an Image as an array (H, W) or (H, W, C) in native byte order.

    The array is a view of the message, with strides where rows are padded. Only pixels in foreign
    byte order, or not aligned to their size, are copied.

    Raises:
        MessageError: Unknown encoding, no pixels, `step` shorter than a row, or `data` of another
            length than step * height. Nothing is allocated before these checks.
    """
    encoding = encoding_named(msg.encoding)
    octets = octets_view('data', msg.data)
    height, width, step = int(msg.height), int(msg.width), int(msg.step)
    _check_sizes(encoding, height, width, step, octets.size)
    dtype = encoding.dtype.newbyteorder('>' if msg.is_bigendian else '<')
    size = dtype.itemsize
    strides = (step, encoding.pixel_bytes, size)[: 2 if encoding.channels == 1 else 3]
    shape = encoding.shape(height, width)
    array: np.ndarray = np.ndarray(shape, dtype, buffer=octets, strides=strides)
    if (dtype.isnative or size == 1) and array.flags.aligned:
        return array.view(encoding.dtype)
    return array.astype(encoding.dtype, order='C')


def _check_sizes(encoding: Encoding, height: int, width: int, step: int, length: int) -> None:
    for field, value in (('height', height), ('width', width)):
        if value <= 0:
            raise MessageError(field, value, 'an image has at least one pixel')
    row = width * encoding.pixel_bytes
    if step < row:
        reason = f'a row of {width} pixels {encoding.name} has {row} bytes'
        raise MessageError('step', step, reason)
    if length != step * height:
        reason = f'step * height is {step} * {height} = {step * height} bytes'
        raise MessageError('len(data)', length, reason)
    if encoding.layout in (Layout.UYVY, Layout.YUYV) and width % 2:
        raise MessageError('width', width, f'{encoding.name} has two pixels in four bytes')


def array_to_image(
    types: MessageTypes, array: np.ndarray, encoding: str, stamp_ns: int, frame_id: str
) -> Any:
    """Build an Image without padding, in native byte order; the pixels are copied once.

    Args:
        types: The library that the message is made for.
        array: (H, W) or (H, W, C) of the pixel type of the encoding, any strides, any byte order.
        encoding: Name of an encoding, such as 'mono16'.
        stamp_ns: Acquisition time.
        frame_id: Optical frame of the camera.

    Raises:
        MessageError: The array does not match the encoding.
    """
    known = encoding_named(encoding)
    _check_array(known, array)
    height, width = array.shape[:2]
    return types.with_data(
        types.Image,
        stamp_ns,
        frame_id,
        types.octets_of(array),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=int(_NATIVE_IS_BIG),
        step=width * known.pixel_bytes,
    )


def _check_array(encoding: Encoding, array: np.ndarray) -> None:
    if array.dtype != encoding.dtype and array.dtype.newbyteorder('=') != encoding.dtype:
        reason = f'{encoding.name} has pixels of {encoding.dtype}'
        raise MessageError('array.dtype', str(array.dtype), reason)
    fits = array.ndim >= 2 and array.shape == encoding.shape(*array.shape[:2])
    if not fits or 0 in array.shape:
        wanted = '(H, W)' if encoding.channels == 1 else f'(H, W, {encoding.channels})'
        raise MessageError('array.shape', array.shape, f'{encoding.name} needs {wanted}')
