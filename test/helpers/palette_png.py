# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""PNGs with a palette, or of few bits, written chunk by chunk as the PNG specification has them."""

import struct
import zlib

import numpy as np


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', checksum)


def palette_png(ids: np.ndarray, bits: int = 8, grey: bool = False) -> bytes:
    """Return a PNG with a palette, or a grey one, from ids (H, W) uint8 below 2**bits."""
    height, width = ids.shape
    colours = np.random.default_rng(0).integers(0, 256, (2**bits, 3), dtype=np.uint8)
    # The first of the pixels that share a byte is in its upper bits.
    planes = (ids[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    rows = np.packbits(planes.reshape(height, -1).astype(np.uint8), axis=1)
    pixels = b''.join(b'\0' + row.tobytes() for row in rows)
    palette = () if grey else (_chunk(b'PLTE', colours.tobytes()), _chunk(b'tRNS', b'\0'))
    colour_type = 0 if grey else 3
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        (
            _chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, colour_type, 0, 0, 0)),
            *palette,
            _chunk(b'IDAT', zlib.compress(pixels)),
            _chunk(b'IEND', b''),
        )
    )
