# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of every image, computed when it is cached, to judge its usability later."""

import hashlib

import cv2
import numpy as np

from thermal_depth_ros.thermal.outlying_border import picture_area

_BLOCK, _FEWEST_BLOCKS = 8, 15

FACTS = np.dtype(
    [
        ('number', np.int64),  # index of the message
        ('stamp_ns', np.int64),
        ('low', np.float32),  # of the image of the camera
        ('high', np.float32),
        ('spread', np.float32),  # standard deviation over the image of the camera
        ('digest', np.uint64),
    ]
)


def measure(number: int, stamp_ns: int, image: np.ndarray) -> np.ndarray:
    """Return a record () of FACTS of a camera image without telemetry rows.

    Args:
        number: Index of the message within its topic.
        stamp_ns: Acquisition time.
        image: (H, W) or (H, W, 3).
    """
    image = picture_area(image)
    _, deviation = cv2.meanStdDev(image)
    facts = np.zeros((), FACTS)
    facts['number'], facts['stamp_ns'] = number, stamp_ns
    facts['low'], facts['high'] = image.min(), image.max()
    facts['spread'] = float(deviation.max())
    data = np.ascontiguousarray(image).data
    digest = hashlib.blake2b(data, digest_size=8).digest()
    facts['digest'] = int.from_bytes(digest, 'little')
    return facts


def block_side(height: int, width: int) -> int:
    """Return the side of a block in pixels: 8, less for small samples."""
    return min(max(min(height, width) // _FEWEST_BLOCKS, 1), _BLOCK)


def block_means(sample: np.ndarray) -> np.ndarray:
    """Return the means of the blocks of a sample, (H // side, W // side) float32."""
    grey = sample if sample.ndim == 2 else cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    side = block_side(height, width)
    return cv2.resize(
        grey.astype(np.float32), (width // side, height // side), interpolation=cv2.INTER_AREA
    )
