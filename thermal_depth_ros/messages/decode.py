# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""An Image or CompressedImage of a camera -> thermal counts, or R, G, B."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.image import (
    Encoding,
    Layout,
    PixelLimit,
    default_limit,
    encoding_named,
    image_to_array,
)
from thermal_depth_ros.messages.temperature_pixels import temperature_counts, unsigned_counts

_TO_RGB = {
    Layout.MONO: cv2.COLOR_GRAY2RGB,
    Layout.BGR: cv2.COLOR_BGR2RGB,
    Layout.RGBA: cv2.COLOR_RGBA2RGB,
    Layout.BGRA: cv2.COLOR_BGRA2RGB,
    Layout.UYVY: cv2.COLOR_YUV2RGB_UYVY,
    Layout.YUYV: cv2.COLOR_YUV2RGB_YUY2,
}
_TO_GREY = {
    Layout.RGB: cv2.COLOR_RGB2GRAY,
    Layout.BGR: cv2.COLOR_BGR2GRAY,
    Layout.RGBA: cv2.COLOR_RGBA2GRAY,
    Layout.BGRA: cv2.COLOR_BGRA2GRAY,
}
# OpenCV names a Bayer pattern by its second row and second column: RGGB is its BG.
_BAYER_TO_RGB = {
    'RGGB': cv2.COLOR_BayerBG2RGB,
    'BGGR': cv2.COLOR_BayerRG2RGB,
    'GBRG': cv2.COLOR_BayerGR2RGB,
    'GRBG': cv2.COLOR_BayerGB2RGB,
}
_BRIGHTNESS_CHANNEL = {Layout.UYVY: 1, Layout.YUYV: 0}
_SMALLEST_BAYER = 4
_NO_COLOURS = 'not supported: it cannot be shown as red, green and blue'
_NO_COUNTS = 'not supported: these are not counts of a thermal camera, such as mono16'


def to_rgb(array: np.ndarray, encoding: str) -> np.ndarray:
    """Return an image (H, W, 3) uint8 in the order R, G, B.

    Pixels of 16 bit keep their upper 8. An rgb8 array comes back as it is.

    Args:
        array: (H, W) or (H, W, C) of the encoding, as image_to_array returns it.
        encoding: Name of the encoding.

    Raises:
        UnsupportedError: The encoding has no colours, such as 32FC1.
        MessageError: The image is too small for its Bayer pattern.
    """
    known = encoding_named(encoding)
    if known.layout is Layout.RGB:
        rgb = array
    elif known.layout is Layout.BAYER:
        rgb = _demosaic(array, known)
    elif known.layout in _TO_RGB:
        rgb = cv2.cvtColor(array, _TO_RGB[known.layout])
    else:
        raise UnsupportedError('encoding', encoding, _NO_COLOURS)
    return rgb if rgb.dtype == np.uint8 else (rgb >> 8).astype(np.uint8)


def to_thermal(array: np.ndarray, encoding: str) -> np.ndarray:
    """Return counts (H, W), uint8 or uint16.

    Thermal cameras with colour encodings store grey in all channels, so that the brightness is the
    count: the grey of R, G, B, and Y of YUV 4:2:2. Signed counts (16SC1) and temperatures (32FC1,
    64FC1) become 16-bit counts; see `temperature_pixels`.

    Args:
        array: (H, W) or (H, W, C) of the encoding, as image_to_array returns it.
        encoding: Name of the encoding.

    Raises:
        UnsupportedError: The encoding is not used by thermal cameras, such as Bayer.
        MessageError: The pixels are not temperatures.
    """
    known = encoding_named(encoding)
    if known.layout is Layout.MONO:
        return array
    if known.layout in _TO_GREY:
        return cv2.cvtColor(array, _TO_GREY[known.layout])
    if known.layout in _BRIGHTNESS_CHANNEL:
        return cv2.extractChannel(array, _BRIGHTNESS_CHANNEL[known.layout])
    if known.channels == 1 and known.dtype == np.int16:
        return unsigned_counts(array)
    if known.channels == 1 and known.dtype.kind == 'f':
        return temperature_counts(array, encoding)
    raise UnsupportedError('encoding', encoding, _NO_COUNTS)


CONVERSIONS: dict[str, Callable[[np.ndarray, str], np.ndarray]] = {
    'thermal': to_thermal,
    'rgb': to_rgb,
}


def _demosaic(array: np.ndarray, encoding: Encoding) -> np.ndarray:
    if min(array.shape) < _SMALLEST_BAYER:
        size = f'{array.shape[1]}x{array.shape[0]}'
        raise MessageError('size', size, 'too small for a Bayer pattern')
    return cv2.cvtColor(array, _BAYER_TO_RGB[encoding.bayer_pattern])


def is_compressed(msg: Any) -> bool:
    """Whether a message is a CompressedImage rather than an Image."""
    return not hasattr(msg, 'encoding')


def decode_camera_image(msg: Any, kind: str, limit: PixelLimit | None = None) -> np.ndarray:
    """Return the image of a camera, a view of the message if no conversion is needed.

    Args:
        msg: Image or CompressedImage.
        kind: 'thermal' or 'rgb'.
        limit: Size limit of the image; the limit of the process if None.

    Returns:
        thermal: (H, W) uint8 or uint16 counts; rgb: (H, W, 3) uint8 R, G, B.

    Raises:
        MessageError: The message is damaged, larger than the limit, or its encoding is none of this
            kind.
    """
    convert = CONVERSIONS[kind]
    if is_compressed(msg):
        decoded = decode_compressed(msg, limit)
        return convert(decoded.array, decoded.encoding)
    array = image_to_array(msg)
    (limit or default_limit()).check(array.shape[1], array.shape[0])
    return convert(array, msg.encoding)
