# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth images in RVL, encoded by the published algorithm, independently of the decoder."""

import struct

import numpy as np


def encode_rvl(image: np.ndarray) -> bytes:
    """Encode an image (H, W) uint16 as the paper does: width and height, then words of nibbles."""
    nibbles: list[int] = []

    def put(number: int) -> None:
        while True:
            group, number = number & 7, number >> 3
            nibbles.append(group | (8 if number else 0))
            if not number:
                return

    flat, place, before = image.reshape(-1).tolist(), 0, 0
    while place < len(flat):
        end = place
        while end < len(flat) and flat[end] == 0:
            end += 1
        put(end - place)
        place = end
        while end < len(flat) and flat[end] != 0:
            end += 1
        put(end - place)
        for value in flat[place:end]:
            delta, before = value - before, value
            put(2 * delta if delta >= 0 else -2 * delta - 1)
        place = end
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        sum(nibble << (28 - 4 * k) for k, nibble in enumerate(nibbles[i : i + 8]))
        for i in range(0, len(nibbles), 8)
    ]
    return struct.pack('<ii', image.shape[1], image.shape[0]) + struct.pack(
        f'<{len(words)}I', *words
    )
