# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Image or CompressedImage -> input array of a camera pipeline."""

from typing import Any

import numpy as np

from thermal_depth_ros.messages.colour import CONVERSIONS
from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.pixel_limit import PixelLimit, default_limit


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
