# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image encodings of sensor_msgs: size and meaning of pixels."""

import dataclasses
import enum
import re

import numpy as np

from thermal_depth_ros.messages.errors import UnsupportedError


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
    found = []
    for bits, dtype in ((8, _U8), (16, _U16)):
        for layout in (Layout.MONO, Layout.RGB, Layout.BGR, Layout.RGBA, Layout.BGRA):
            channels = 1 if layout is Layout.MONO else len(layout.value)
            found.append(Encoding(f'{layout.value}{bits}', dtype, channels, layout))
        for pattern in ('rggb', 'bggr', 'gbrg', 'grbg'):
            name = f'bayer_{pattern}{bits}'
            found.append(Encoding(name, dtype, 1, Layout.BAYER, pattern.upper()))
    for name in ('yuv422', 'uyvy'):
        found.append(Encoding(name, _U8, 2, Layout.UYVY))
    for name in ('yuv422_yuy2', 'yuyv'):
        found.append(Encoding(name, _U8, 2, Layout.YUYV))
    return {encoding.name: encoding for encoding in found}


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
