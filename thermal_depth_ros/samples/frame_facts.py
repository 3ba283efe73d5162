# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is measured of every image when it is cached, to judge it without reading it again."""

import hashlib

import cv2
import numpy as np

BLOCK = 8  # pixels of a sample along one side of a block
_SECOND_DIFFERENCE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0
_MAD_TO_SIGMA = 1.4826

FACTS = np.dtype(
    [
        ('number', np.int64),  # which message of the topic
        ('stamp_ns', np.int64),
        ('low', np.float32),  # of the image of the camera
        ('high', np.float32),
        ('spread', np.float32),  # standard deviation over the image of the camera
        ('digest', np.uint64),
        ('noise', np.float32),  # deviation of one sample pixel from the image before; NaN: none
    ]
)


class Measurer:
    """Measures images in order; holds on to the one before."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None

    def measure(
        self, number: int, stamp_ns: int, native: np.ndarray, sample: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the facts of an image and the means of its blocks.

        Args:
            number: which message of the topic.
            stamp_ns: acquisition time.
            native: image of the camera.
            sample: the same image as it is cached.

        Returns:
            A record () of FACTS; (H // 8, W // 8) float32.
        """
        grey = sample if sample.ndim == 2 else cv2.cvtColor(sample, cv2.COLOR_RGB2GRAY)
        grey = grey.astype(np.float32)
        noise = np.nan if self._before is None else _fine_noise(grey - self._before)
        self._before = grey
        _, deviation = cv2.meanStdDev(native)
        facts = np.zeros((), FACTS)
        facts['number'], facts['stamp_ns'] = number, stamp_ns
        facts['low'], facts['high'] = native.min(), native.max()
        facts['spread'] = float(deviation.max())
        facts['digest'] = _digest(native)
        facts['noise'] = noise
        height, width = grey.shape
        size = width // BLOCK, height // BLOCK
        blocks: np.ndarray = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return facts, blocks


def _fine_noise(difference: np.ndarray) -> float:
    """Deviation of what changes from pixel to pixel; edges that moved are rare enough to miss."""
    fine = cv2.filter2D(difference, cv2.CV_32F, _SECOND_DIFFERENCE)
    return float(np.median(np.abs(fine))) * _MAD_TO_SIGMA


def _digest(image: np.ndarray) -> int:
    data = np.ascontiguousarray(image).data
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), 'little')
