# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decompression that never grows beyond what the file declared, nor beyond a fixed limit."""

import bz2
import shutil
import sys
from pathlib import Path
from typing import Any

import lz4.frame

from thermal_depth_ros.bags.errors import BagError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
MAX_BLOCK_BYTES = 1 << 30  # a chunk of a recording; recorders write 1 to 100 MB
_FREE_DISK_MARGIN_BYTES = 256 << 20
_COPY_BYTES = 1 << 20


def _decompressor(compression: str) -> Any:
    if compression == 'zstd':
        return zstd.ZstdDecompressor()
    if compression == 'lz4':
        return lz4.frame.LZ4FrameDecompressor()
    if compression == 'bz2':
        return bz2.BZ2Decompressor()
    raise BagError(f'compression {compression!r} is not supported (none, zstd, lz4, bz2 are)')


def inflate(data: bytes, compression: str, size: int, *, partial: bool = False) -> bytes:
    """Return the `size` bytes that were compressed into `data`.

    With `partial`, the input may have been cut: whatever can be had of it is returned.

    Raises:
        BagError: unknown compression, a size beyond the limit, or data that does not fit it.
    """
    if size > MAX_BLOCK_BYTES:
        raise BagError(f'declares {size} bytes, the limit is {MAX_BLOCK_BYTES}')
    if compression in ('', 'none'):
        raw = data
    else:
        try:
            raw = _decompressor(compression).decompress(data, max_length=size + 1)
        except (zstd.ZstdError, OSError, RuntimeError, ValueError, EOFError) as error:
            raise BagError(f'damaged {compression} data: {error}') from error
    if len(raw) != size and not (partial and len(raw) < size):
        raise BagError(f'declares {size} bytes but holds {"more" if len(raw) > size else len(raw)}')
    return raw


def inflate_message(data: bytes) -> bytes:
    """Decompress one message that rosbag2 compressed on its own (compression_mode MESSAGE).

    Raises:
        BagError: the data is damaged or expands beyond the limit.
    """
    decompressor = zstd.ZstdDecompressor()
    try:
        raw = decompressor.decompress(data, max_length=MAX_BLOCK_BYTES)
    except (zstd.ZstdError, EOFError) as error:
        raise BagError(f'damaged zstd data: {error}') from error
    if not decompressor.eof:
        raise BagError('compressed message is cut or expands beyond the limit')
    return raw


def inflate_file(source: Path, destination: Path) -> str | None:
    """Decompress a .zst file; return what was wrong with it, or None where all came out.

    The output stops before the disk is full.
    """
    room = shutil.disk_usage(destination.parent).free - _FREE_DISK_MARGIN_BYTES
    decompressor = zstd.ZstdDecompressor()
    with source.open('rb') as packed, destination.open('wb') as plain:
        try:
            while not decompressor.eof:
                block = packed.read(_COPY_BYTES) if decompressor.needs_input else b''
                if decompressor.needs_input and not block:
                    return f'{source.name}: is cut'
                written = plain.write(decompressor.decompress(block, max_length=_COPY_BYTES))
                room -= written
                if room < 0:
                    return f'{source.name}: no disk space left to decompress it'
        except zstd.ZstdError as error:
            return f'{source.name}: {error}'
    return None
