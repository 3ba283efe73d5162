# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Label images -> class ids."""

from typing import Any

import numpy as np

from thermal_depth_ros.messages.compressed import decode_compressed
from thermal_depth_ros.messages.decode import is_compressed
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import image_to_array


def labels_from_message(message: Any) -> np.ndarray:
    """Return the class ids (H, W) int64 of an Image or a CompressedImage (PNG).

    Raises:
        MessageError: the message is damaged, or holds colours instead of ids.
    """
    compressed = is_compressed(message)
    array = decode_compressed(message).array if compressed else image_to_array(message)
    if array.ndim != 2 or array.dtype.kind not in 'iu':
        shape = f'{array.shape} of {array.dtype}'
        raise MessageError('data', shape, 'class ids are one channel of integers')
    return array.astype(np.int64)
