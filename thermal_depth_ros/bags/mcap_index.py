# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Summary section of an MCAP file: channels, counts and chunk index."""

import dataclasses
import os
from typing import BinaryIO

from thermal_depth_ros.bags.chunk_memory import check_block
from thermal_depth_ros.bags.chunked_file import ChunkRef
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.mcap_records import (
    CHANNEL,
    CHUNK_INDEX,
    FOOTER,
    FOOTER_BYTES,
    MAGIC,
    SCHEMA,
    STATISTICS,
    Fields,
    file_spans,
    parse_channel,
    parse_schema,
    read_span,
)
from thermal_depth_ros.bags.storage import Channel, Definition


@dataclasses.dataclass
class Summary:
    """Content of the summary section."""

    channels: dict[int, Channel]
    counts: dict[int, int]
    chunks: list[ChunkRef]


def read_summary(file: BinaryIO, size: int) -> Summary | None:
    """Read the summary; None if an intact file has no chunk index.

    Raises:
        BagError: The file was not closed, or the summary contradicts itself or the file.
    """
    tail = FOOTER_BYTES + len(MAGIC)
    if size < len(MAGIC) + tail:
        raise BagError(f'is cut: {size} bytes are too few')
    file.seek(-tail, os.SEEK_END)
    footer = file.read(tail)
    if footer[-len(MAGIC) :] != MAGIC or footer[0] != FOOTER:
        raise BagError('has no footer, so it was not closed or is cut')
    start = int.from_bytes(footer[9:17], 'little')
    if start == 0:
        return None
    if not len(MAGIC) <= start <= size - tail:
        raise BagError(f'its footer points to byte {start}, outside the file')
    summary, declared = _read_records(file, start, size - tail)
    _check_chunks(summary.chunks, size)
    if declared is None or not summary.chunks or not summary.channels:
        return None
    return summary


def _read_records(file: BinaryIO, start: int, end: int) -> tuple[Summary, int | None]:
    schemas: dict[int, tuple[str, Definition]] = {}
    summary = Summary({}, {}, [])
    total: int | None = None
    for span in file_spans(file, start, end):
        if span.opcode not in (SCHEMA, CHANNEL, CHUNK_INDEX, STATISTICS):
            continue
        check_block(span.length)
        content = read_span(file, span)
        if span.opcode == SCHEMA:
            key, schema = parse_schema(content)
            schemas[key] = schema
        elif span.opcode == CHANNEL:
            channel = parse_channel(content, schemas)
            summary.channels[channel.id] = channel
        elif span.opcode == CHUNK_INDEX:
            summary.chunks.append(_chunk_ref(content))
        elif span.opcode == STATISTICS:
            total = _read_counts(content, summary)
    if total is not None and sum(summary.counts.values()) != total:
        total = None  # counts per channel are optional: they are found by scanning then
    return summary, total


def _chunk_ref(content: bytes) -> ChunkRef:
    fields = Fields(content)
    start_ns, end_ns, offset, length = (fields.number(8) for _ in range(4))
    offsets = Fields(fields.blob())
    channels = set()
    while offsets.left:
        channels.add(offsets.number(2))
        offsets.number(8)
    # A chunk without message indexes may hold any channel.
    known = frozenset(channels) if channels else None
    return ChunkRef(offset + 9, length - 9, start_ns, end_ns, known)


def _read_counts(content: bytes, summary: Summary) -> int:
    fields = Fields(content)
    total = fields.number(8)
    fields.take(2 + 4 * 4 + 8 * 2)
    counts = Fields(fields.blob())
    while counts.left:
        key = counts.number(2)
        summary.counts[key] = counts.number(8)
    return total


def _check_chunks(chunks: list[ChunkRef], size: int) -> None:
    position = 0
    for chunk in sorted(chunks, key=lambda chunk: chunk.offset):
        if chunk.offset < position or chunk.length < 0:
            raise BagError('its index lists chunks that overlap')
        position = chunk.offset + chunk.length
    if position > size:
        raise BagError('its index lists a chunk beyond the end of the file')
