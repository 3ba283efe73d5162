# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decoder of RVL, a lossless depth image codec used by compressedDepth.

A. D. Wilson, "Fast Lossless Depth Image Compression", ISS 2017. The image is a sequence of runs:
how many pixels are holes (0), how many follow that are not, and the differences of these from the
measured pixel before. Every number is written in groups of three bits, least significant first,
each in four bits of which the highest says that another group follows; eight groups fill a 32-bit
word from its upper end.
"""

import struct

import numpy as np

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import default_limit

_SIZE = struct.Struct('<ii')  # width, height
_WORD_BYTES = 4
_MOST_GROUPS = 11  # of three bits, for 32 bits
_SHIFTS = np.arange(28, -1, -4, dtype=np.uint32)


def decode_rvl(octets: np.ndarray) -> np.ndarray:
    """Return the image (H, W) uint16 of RVL data.

    Args:
        octets: (N,) uint8: width and height as 32-bit integers, then the words.

    Raises:
        MessageError: Truncated or damaged data, or a size above the limit of images. Nothing is
            allocated before the size has been checked.
    """
    if octets.size < _SIZE.size:
        raise MessageError('len(data)', int(octets.size), 'the RVL image is truncated')
    width, height = _SIZE.unpack(octets[: _SIZE.size].tobytes())
    pixels = default_limit().check(width, height)
    numbers = _numbers(octets[_SIZE.size :])
    measured = _measured_runs(numbers, pixels)
    image = np.zeros(pixels, np.uint16)
    if measured:
        deltas = np.concatenate([numbers[first : first + count] for _, first, count in measured])
        values = np.cumsum((deltas >> 1) ^ -(deltas & 1))
        if values.min() < 0 or values.max() > np.iinfo(np.uint16).max:
            raise MessageError('data', 'RVL', 'damaged: a pixel does not fit into 16 bits')
        start = 0
        for pixel, _, count in measured:
            image[pixel : pixel + count] = values[start : start + count]
            start += count
    return image.reshape(height, width)


def _numbers(octets: np.ndarray) -> np.ndarray:
    """Return the numbers (M,) int64 of the words; padding of the last word gives zeros."""
    words = np.frombuffer(octets[: octets.size // _WORD_BYTES * _WORD_BYTES].tobytes(), '<u4')
    groups = ((words[:, None] >> _SHIFTS) & 15).astype(np.uint8).reshape(-1)
    ends = np.flatnonzero(groups < 8)
    if not ends.size:
        return np.empty(0, np.int64)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _MOST_GROUPS:
        raise MessageError('data', 'RVL', 'damaged: a number of more than 32 bits')
    groups = groups[: ends[-1] + 1]
    place = np.arange(groups.size) - np.repeat(starts, lengths)
    parts = (groups & 7).astype(np.int64) << (3 * place)
    numbers: np.ndarray = np.add.reduceat(parts, starts)
    return numbers


def _measured_runs(numbers: np.ndarray, pixels: int) -> list[tuple[int, int, int]]:
    """Return each run of measured pixels: its first pixel, the place of its numbers, its length."""
    runs: list[tuple[int, int, int]] = []
    pixel = place = 0
    while pixel < pixels:
        if place + 2 > numbers.size:
            raise MessageError('data', 'RVL', f'truncated: {pixel} of {pixels} pixels are there')
        holes, count = int(numbers[place]), int(numbers[place + 1])
        place += 2
        pixel += holes
        if pixel + count > pixels:
            raise MessageError('data', 'RVL', f'damaged: more than the {pixels} pixels declared')
        if place + count > numbers.size:
            raise MessageError('data', 'RVL', f'truncated: {pixel} of {pixels} pixels are there')
        if count:
            runs.append((pixel, place, count))
        pixel += count
        place += count
    return runs
