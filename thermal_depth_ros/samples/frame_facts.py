# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Statistics of every image, computed when it is cached, and the usable images by them."""

import hashlib
from collections import Counter

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
CONSTANT, OUT_OF_ORDER = 'constant', 'not later than the one before'
FROZEN, SHUTTER = 'frozen (equal to the one before)', 'of the closed shutter'
# A shutter is uniformly warm: its image shows only noise and the glow of the housing.
_FLAT = 0.2
_MEDIAN_FRAMES = 121  # 4 s at 30 Hz; a shutter is closed for about half a second


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


def usable_images(facts: np.ndarray) -> tuple[np.ndarray, Counter[str]]:
    """Find the images that are usable for training.

    Args:
        facts: (N,) records of frame_facts.FACTS, in order of recording.

    Returns:
        Usable: (N,) bool; and the number of the others by reason.
    """
    reasons = {
        CONSTANT: facts['low'] == facts['high'],
        OUT_OF_ORDER: ~_later(facts['stamp_ns']),
        FROZEN: _repeats(facts['digest']),
        SHUTTER: _flat(facts['spread']),
    }
    good = np.ones(len(facts), bool)
    counts: Counter[str] = Counter()
    for reason, hit in reasons.items():
        fresh = hit & good
        if fresh.any():
            counts[reason] = int(fresh.sum())
        good &= ~hit
    return good, counts


def _later(stamps_ns: np.ndarray) -> np.ndarray:
    """Whether a stamp is later than all before it."""
    if len(stamps_ns) == 0:
        return np.zeros(0, bool)
    latest = np.maximum.accumulate(stamps_ns)
    return np.concatenate([[True], stamps_ns[1:] > latest[:-1]])


def _repeats(digests: np.ndarray) -> np.ndarray:
    repeats = np.zeros(len(digests), bool)
    repeats[1:] = digests[1:] == digests[:-1]
    return repeats


def _flat(spread: np.ndarray) -> np.ndarray:
    return spread < _FLAT * running_median(spread, _MEDIAN_FRAMES)


def running_median(values: np.ndarray, window: int) -> np.ndarray:
    """Return the running median over `window` values; fewer at the ends."""
    half = window // 2
    count = len(values)
    medians = np.empty(count)
    for index in range(count):
        medians[index] = np.median(values[max(index - half, 0) : index + half + 1])
    return medians
