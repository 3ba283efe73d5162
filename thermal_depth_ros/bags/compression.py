# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decompression bounded by the declared size and the limits."""

import bz2
import shutil
import sys
from pathlib import Path
from typing import Any

import lz4.frame
import numpy as np

from thermal_depth_ros.bags.chunk_memory import check_block, largest_block
from thermal_depth_ros.bags.errors import BagError, UndecodableError
from thermal_depth_ros.bags.storage import Buffer
from thermal_depth_ros.base.budgets import UNPACKED_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
_FREE_DISK_MARGIN_BYTES = 256 << 20
_COPY_BYTES = 1 << 20
_DAMAGED = (zstd.ZstdError, OSError, RuntimeError, ValueError, EOFError)


def _decompressor(compression: str) -> Any:
    if compression == 'zstd':
        return zstd.ZstdDecompressor()
    if compression == 'lz4':
        return lz4.frame.LZ4FrameDecompressor()
    if compression == 'bz2':
        return bz2.BZ2Decompressor()
    raise BagError(f'compression {compression!r} is not supported (none, zstd, lz4, bz2 are)')


def inflate(data: Buffer, compression: str, size: int, *, partial: bool = False) -> Buffer:
    """Decompress `data` to `size` bytes.

    With `partial`, the input may be truncated, and the available part is returned.

    Raises:
        BagError: Unknown compression, a size beyond the limit, or data that does not fit it.
    """
    check_block(size)
    if compression in ('', 'none'):
        raw, more = memoryview(data), len(data) > size
    else:
        try:
            raw, more = _inflated(data, _decompressor(compression), size)
        except _DAMAGED as error:
            raise UndecodableError(f'damaged {compression} data: {error}') from error
    if more or (len(raw) != size and not partial):
        raise BagError(f'declares {size} bytes but holds {"more" if more else len(raw)}')
    return raw


def _inflated(data: Buffer, decompressor: Any, size: int) -> tuple[memoryview, bool]:
    """Return at most `size` decompressed bytes, and whether there are more.

    Decompressors collect their output in pieces and join them, which takes twice the memory. Here
    the pieces are small, and pages that nothing is written to cost nothing.
    """
    plain: memoryview = np.empty(size, np.uint8).data
    packed, at, end = memoryview(data), 0, 0
    while not decompressor.eof:
        piece = packed[at : at + _COPY_BYTES] if decompressor.needs_input else b''
        if decompressor.needs_input and not piece:
            break  # cut
        at += len(piece)
        inflated = decompressor.decompress(piece, max_length=_COPY_BYTES)
        if len(inflated) > size - end:
            return plain, True
        plain[end : end + len(inflated)] = inflated
        end += len(inflated)
    return plain[:end], False


def inflate_message(data: bytes) -> Buffer:
    """Decompress one message that rosbag2 compressed on its own (compression_mode MESSAGE).

    Raises:
        BagError: The data is damaged or expands beyond the limit.
    """
    try:
        declared = zstd.get_frame_info(data).decompressed_size
    except zstd.ZstdError as error:
        raise UndecodableError(f'damaged zstd data: {error}') from error
    if declared is not None:
        return inflate(data, 'zstd', declared)
    try:
        raw, more = _inflated(data, zstd.ZstdDecompressor(), largest_block())
    except _DAMAGED as error:
        raise UndecodableError(f'damaged zstd data: {error}') from error
    if more:
        check_block(largest_block() + 1)
    return raw


def inflate_file(source: Path, destination: Path, allowed: int) -> str | None:
    """Decompress a .zst file; return its problem, or None.

    The output stops before the disk is full.

    Args:
        source: The compressed file.
        destination: The file to write.
        allowed: Largest inflated size, bytes.

    Raises:
        BagError: It has more bytes than allowed; nothing is left of the output.
    """
    room = shutil.disk_usage(destination.parent).free - _FREE_DISK_MARGIN_BYTES
    decompressor, written = zstd.ZstdDecompressor(), 0
    with source.open('rb') as packed, destination.open('wb') as plain:
        try:
            while not decompressor.eof:
                block = packed.read(_COPY_BYTES) if decompressor.needs_input else b''
                if decompressor.needs_input and not block:
                    return f'{source.name}: is cut'
                if not written:
                    _check_unpacked(source, _declared(block), allowed)
                inflated = decompressor.decompress(block, max_length=_COPY_BYTES)
                written += len(inflated)
                if written > allowed:
                    destination.unlink()
                    _check_unpacked(source, written, allowed)
                if written > room:
                    return f'{source.name}: no disk space left to decompress it'
                plain.write(inflated)
        except zstd.ZstdError as error:
            return f'{source.name}: {error}'
    return None


def _declared(block: bytes) -> int:
    """Return the size declared by the header of a zstd frame, 0 if unknown."""
    return (zstd.get_frame_info(block).decompressed_size or 0) if block else 0


def _check_unpacked(source: Path, size: int, allowed: int) -> None:
    if size > allowed:
        raise BagError(
            f'{source}: has {size} bytes or more when decompressed, {allowed} are left of '
            f'{UNPACKED_BYTES.value // UNPACKED_BYTES.unit} MB ({UNPACKED_BYTES.variable})'
        )
