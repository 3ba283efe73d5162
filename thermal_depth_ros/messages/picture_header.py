# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parses the headers of JPEG and PNG files, without decoding pixels.

A decoder allocates the declared size and invents missing pixels. Therefore the size is checked
first, and truncated files are refused.
"""

import dataclasses
import struct
import zlib

from thermal_depth_ros.messages.errors import MessageError, UnsupportedError
from thermal_depth_ros.messages.image import PixelLimit, default_limit
from thermal_depth_ros.messages.jpeg_header import JPEG_MAGIC, read_jpeg

_PNG_MAGIC = b'\x89PNG\r\n\x1a\n'
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type


@dataclasses.dataclass(frozen=True)
class PictureHeader:
    """Declared properties: 'jpeg' or 'png', size in pixels, bits per channel, channels."""

    codec: str
    width: int
    height: int
    bits: int
    channels: int
    progressive: bool = False
    end: int = 0  # position of the end marker of a JPEG


def read_picture_header(data: bytes, limit: PixelLimit | None = None) -> PictureHeader:
    """Check that a JPEG or PNG is complete and within the limit, and return its header.

    Args:
        data: The file.
        limit: Size limit of the image; the limit of the process if None.

    Raises:
        UnsupportedError: Neither a JPEG nor a PNG.
        MessageError: Truncated, damaged, without pixels, or larger than the limit.
    """
    if not data:
        raise MessageError('len(data)', 0, 'no compressed data')
    if data.startswith(_PNG_MAGIC):
        header = _read_png(data)
    elif data.startswith(JPEG_MAGIC):
        header = _read_jpeg(data)
    else:
        reason = 'not supported: it begins like neither a JPEG nor a PNG'
        raise UnsupportedError('data', data[:8], reason)
    (limit or default_limit()).check(header.width, header.height)
    return header


def _read_jpeg(data: bytes) -> PictureHeader:
    header = read_jpeg(data)
    return PictureHeader(
        'jpeg',
        header.width,
        header.height,
        header.bits,
        header.channels,
        header.progressive,
        header.end,
    )


def _read_png(data: bytes) -> PictureHeader:
    header: PictureHeader | None = None
    at = len(_PNG_MAGIC)
    while True:
        if len(data) < at + 12:
            raise MessageError('len(data)', len(data), 'the PNG is truncated')
        length, kind = struct.unpack_from('>I4s', data, at)
        end = at + 8 + length
        if len(data) < end + 4:
            raise MessageError('len(data)', len(data), 'the PNG is truncated')
        if header is None:
            header = _read_png_start(kind, data[at + 8 : end])
        if zlib.crc32(memoryview(data)[at + 4 : end]) != struct.unpack_from('>I', data, end)[0]:
            raise MessageError('data', kind, 'a PNG chunk with a wrong checksum')
        if kind == b'IEND':
            return header
        at = end + 4


def _read_png_start(kind: bytes, content: bytes) -> PictureHeader:
    if kind != b'IHDR' or len(content) != 13:
        raise MessageError('data', kind, 'a PNG begins with a chunk IHDR of 13 bytes')
    width, height, bits, colour = struct.unpack_from('>IIBB', content)
    if colour not in _PNG_CHANNELS:
        raise MessageError('data', colour, 'no colour type of PNG')
    return PictureHeader('png', width, height, max(bits, 8), _PNG_CHANNELS[colour])
