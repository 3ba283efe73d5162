# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Label images -> class ids."""

from typing import Any

import numpy as np

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import is_compressed
from thermal_depth_ros.messages.errors import UnsupportedError
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.indexed_png import palette_indices


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
    indices = palette_indices(bytes(message.data))
    return decode_compressed(message).array if indices is None else indices
