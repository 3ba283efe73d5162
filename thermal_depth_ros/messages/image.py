# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Images: encodings, limits of size, and conversion between sensor_msgs/Image and arrays."""

import dataclasses
import enum
import re
from typing import Any

import numpy as np

from thermal_depth_ros.base.budgets import IMAGE_PIXELS
from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.types import MessageTypes


class Layout(enum.Enum):
    """Meaning of the channels of a pixel."""

    MONO = 'mono'
    RGB = 'rgb'
    BGR = 'bgr'
    RGBA = 'rgba'
    BGRA = 'bgra'
    BAYER = 'bayer'
    UYVY = 'uyvy'
    YUYV = 'yuyv'
    NUMBERS = 'numbers'  # measurements without a colour meaning, such as depth in 32FC1


@dataclasses.dataclass(frozen=True)
class Encoding:
    """One encoding: pixel type in native byte order, channels, meaning."""

    name: str
    dtype: np.dtype
    channels: int
    layout: Layout
    bayer_pattern: str = ''  # the colours of the top-left 2x2 pixels, as in 'RGGB'

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return self.dtype.itemsize * self.channels

    def shape(self, height: int, width: int) -> tuple[int, ...]:
        """Shape of an image array: (H, W), or (H, W, C) with several channels."""
        return (height, width) if self.channels == 1 else (height, width, self.channels)


_U8, _U16 = np.dtype(np.uint8), np.dtype(np.uint16)
_OPENCV_TYPES: dict[str, np.dtype] = {
    '8U': _U8,
    '8S': np.dtype(np.int8),
    '16U': _U16,
    '16S': np.dtype(np.int16),
    '32S': np.dtype(np.int32),
    '32F': np.dtype(np.float32),
    '64F': np.dtype(np.float64),
}
_OPENCV_NAME = re.compile(r'(8U|8S|16U|16S|32S|32F|64F)C([1-9][0-9]?)')
# OpenCV keeps colours as B, G, R; cv_bridge therefore publishes them so under its type names.
_OPENCV_LAYOUTS = {1: Layout.MONO, 3: Layout.BGR, 4: Layout.BGRA}


def _named() -> dict[str, Encoding]:
    encodings = []
    for bits, dtype in ((8, _U8), (16, _U16)):
        for layout in (Layout.MONO, Layout.RGB, Layout.BGR, Layout.RGBA, Layout.BGRA):
            channels = 1 if layout is Layout.MONO else len(layout.value)
            encodings.append(Encoding(f'{layout.value}{bits}', dtype, channels, layout))
        for pattern in ('rggb', 'bggr', 'gbrg', 'grbg'):
            name = f'bayer_{pattern}{bits}'
            encodings.append(Encoding(name, dtype, 1, Layout.BAYER, pattern.upper()))
    for name in ('yuv422', 'uyvy'):
        encodings.append(Encoding(name, _U8, 2, Layout.UYVY))
    for name in ('yuv422_yuy2', 'yuyv'):
        encodings.append(Encoding(name, _U8, 2, Layout.YUYV))
    return {encoding.name: encoding for encoding in encodings}


ENCODINGS = _named()


def encoding_named(name: str) -> Encoding:
    """Return the properties of an encoding.

    Raises:
        UnsupportedError: The encoding is not known.
    """
    known = ENCODINGS.get(name)
    if known is not None:
        return known
    match = _OPENCV_NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        names = ', '.join(ENCODINGS)
        reason = f'not supported; known are {names} and such as 16UC1'
        raise UnsupportedError('encoding', name, reason)
    dtype, channels = _OPENCV_TYPES[match[1]], int(match[2])
    layout = Layout.NUMBERS
    if dtype in (_U8, _U16):
        layout = _OPENCV_LAYOUTS.get(channels, Layout.NUMBERS)
    return Encoding(name, dtype, channels, layout)


# camera_info may describe a binned or scaled image; anything larger is not from this camera.
_TIMES_CALIBRATED = 4
_SMALLEST_LIMIT = 1_000_000  # in case of a placeholder in camera_info


@dataclasses.dataclass(frozen=True)
class PixelLimit:
    """Largest number of pixels of an image, and the reason for the limit."""

    pixels: int
    reason: str

    def check(self, width: int, height: int) -> int:
        """Return the number of pixels of a declared size.

        Raises:
            MessageError: It is zero or above the limit.
        """
        pixels = width * height
        if width <= 0 or height <= 0 or pixels > self.pixels:
            reason = f'a declared size outside 1 to {self.pixels} pixels ({self.reason})'
            raise MessageError('data', f'{width}x{height}', reason)
        return pixels


def default_limit() -> PixelLimit:
    """Return the limit of images without further information.

    Raises:
        SettingsError: The environment variable of the limit is invalid.
    """
    return PixelLimit(IMAGE_PIXELS.value, f'set by {IMAGE_PIXELS.variable}')


def camera_limit(max_image_pixels: int, info: Any) -> PixelLimit:
    """Return the limit of images of a camera.

    Args:
        max_image_pixels: Setting max_image_pixels.
        info: CameraInfo of ROS 2 or ROS 1, or None.
    """
    limit = PixelLimit(max_image_pixels, 'set by max_image_pixels')
    return limit if info is None else calibrated_limit(limit, int(info.width), int(info.height))


def calibrated_limit(limit: PixelLimit, width: int, height: int) -> PixelLimit:
    """Return the smaller of a limit and that by the size in camera_info (0 if unknown)."""
    if width <= 0 or height <= 0:
        return limit
    calibrated = max(_SMALLEST_LIMIT, _TIMES_CALIBRATED * width * height)
    if calibrated >= limit.pixels:
        return limit
    return PixelLimit(calibrated, f'camera_info speaks of {width}x{height}')


_NATIVE_IS_BIG = np.dtype('>u2').isnative


def octets_view(field: str, data: Any) -> np.ndarray:
    """Return the bytes of a `uint8[]` field as an array (N,) uint8 of the same memory.

    Raises:
        MessageError: The field does not hold bytes.
    """
    try:
        view = memoryview(data).cast('B') if len(data) else b''
        return np.frombuffer(view, np.uint8)
    except TypeError as error:
        raise MessageError(field, type(data).__name__, f'not an array of bytes ({error})') from None


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
