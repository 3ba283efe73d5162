# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What JPEG and PNG files say about themselves, read without decoding a pixel.

A decoder allocates what the header declares and makes up pixels that are missing. So the size is
checked first, and a file that ends early is refused.
"""

import dataclasses
import struct
import zlib

from thermal_depth_ros.messages.errors import MessageError, UnsupportedError

MAX_PIXELS = 64 * 1024 * 1024
# Real files have about ten. Each scan goes over the whole picture, so that a small file of many
# empty scans could keep the decoder busy for minutes.
MAX_JPEG_SCANS = 64

_PNG_MAGIC = b'\x89PNG\r\n\x1a\n'
_JPEG_MAGIC = b'\xff\xd8\xff'
_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}  # by colour type
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, b'\xff\xd9'
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclasses.dataclass(frozen=True)
class PictureHeader:
    """What is declared: 'jpeg' or 'png', size in pixels, bits per channel, channels."""

    codec: str
    width: int
    height: int
    bits: int
    channels: int


def read_picture_header(data: bytes) -> PictureHeader:
    """Check that a JPEG or PNG is complete and of a sane size, and return what it declares.

    Raises:
        UnsupportedError: neither a JPEG nor a PNG.
        MessageError: truncated, damaged, without pixels, or larger than MAX_PIXELS.
    """
    if not data:
        raise MessageError('len(data)', 0, 'no compressed data')
    if data.startswith(_PNG_MAGIC):
        header = _read_png(data)
    elif data.startswith(_JPEG_MAGIC):
        header = _read_jpeg(data)
    else:
        reason = 'not supported: it begins like neither a JPEG nor a PNG'
        raise UnsupportedError('data', data[:8], reason)
    checked_size(header.width, header.height)
    return header


def checked_size(width: int, height: int) -> int:
    """Return the number of pixels that a picture declares.

    Raises:
        MessageError: it is not between 1 and MAX_PIXELS.
    """
    pixels = width * height
    if width <= 0 or height <= 0 or pixels > MAX_PIXELS:
        reason = f'a declared size outside 1 to {MAX_PIXELS} pixels'
        raise MessageError('data', f'{width}x{height}', reason)
    return pixels


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


def _read_jpeg(data: bytes) -> PictureHeader:
    header: PictureHeader | None = None
    at = 2
    while True:
        marker, at = _next_marker(data, at)
        if marker in _STANDALONE:
            continue
        if len(data) < at + 2:
            raise MessageError('len(data)', len(data), 'the JPEG is truncated')
        (length,) = struct.unpack_from('>H', data, at)
        if marker in _START_OF_FRAME:
            if length < 8 or len(data) < at + 8:
                raise MessageError('len(data)', len(data), 'the JPEG is truncated')
            bits, height, width, channels = struct.unpack_from('>BHHB', data, at + 2)
            header = PictureHeader('jpeg', width, height, bits, channels)
        elif marker == _START_OF_SCAN:
            break
        at += max(length, 2)
    if header is None:
        raise MessageError('data', 'JPEG', 'a scan comes before the size of the picture')
    # Within scans a 0xFF byte of the picture is followed by zero: these are markers only.
    if data.find(_END_OF_IMAGE, at) < 0:
        raise MessageError('len(data)', len(data), 'the JPEG is truncated')
    if data.count(b'\xff\xda', at) >= MAX_JPEG_SCANS:
        raise MessageError('data', 'JPEG', f'more than {MAX_JPEG_SCANS} scans')
    return header


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at a position, fill bytes skipped, and the position after it."""
    if at < len(data) and data[at] != 0xFF:
        raise MessageError('data', data[at], f'no JPEG marker at byte {at}')
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data) or data[at] == _END_OF_IMAGE[1]:
        raise MessageError('len(data)', len(data), 'the JPEG is truncated')
    return data[at], at + 1
