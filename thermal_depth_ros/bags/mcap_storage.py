# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads MCAP by its index (the summary section) if it is valid, otherwise by scanning."""

import dataclasses
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from thermal_depth_ros.bags.chunk_memory import check_block
from thermal_depth_ros.bags.chunked_file import ChunkedFile, ChunkRef, CutChunkError, Message
from thermal_depth_ros.bags.compression import inflate
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.mcap_records import (
    CHANNEL,
    CHUNK,
    CHUNK_INDEX,
    DATA_END,
    FOOTER,
    FOOTER_BYTES,
    HEADER,
    MAGIC,
    MESSAGE,
    SCHEMA,
    STATISTICS,
    Fields,
    Span,
    buffer_spans,
    file_spans,
    parse_channel,
    parse_chunk_header,
    parse_message,
    parse_schema,
    read_span,
)
from thermal_depth_ros.bags.storage import Buffer, Channel, Definition

_PLAIN = 'plain'  # a run of records outside any chunk
_RUN_BYTES = 4 << 20  # messages outside chunks are read in runs of about this size


@dataclasses.dataclass
class Summary:
    """Content of the summary section."""

    channels: dict[int, Channel]
    counts: dict[int, int]
    chunks: list[ChunkRef]


class McapStorage(ChunkedFile):
    """One MCAP file."""

    def __init__(self, path: Path) -> None:
        self._schemas: dict[int, tuple[str, Definition]] = {}
        super().__init__(path)

    def _find_chunks(self) -> list[ChunkRef]:
        summary = self._summary()
        if summary is None:
            return self._scan()
        self.channels, self.counts = summary.channels, summary.counts
        return summary.chunks

    def _summary(self) -> Summary | None:
        try:
            return read_summary(self._file, self._size)
        except BagError as error:
            self._note(f'{error}; read without its index')
            return None

    def _inflate(self, chunk: ChunkRef, content: bytes) -> Buffer:
        if chunk.header == _PLAIN:
            return content
        header = parse_chunk_header(content)
        packed = memoryview(content)[header.data_offset :][: header.compressed_size]
        cut = len(packed) < header.compressed_size
        data = inflate(packed, header.compression, header.uncompressed_size, partial=cut)
        if header.crc and not cut and zlib.crc32(data) != header.crc:
            raise BagError('checksum does not match; its messages are left out')
        return data

    def _messages(self, data: Buffer, define: bool = False) -> Iterator[Message]:
        for span in buffer_spans(data):
            if span.cut:
                raise CutChunkError('ends inside a record')
            if span.opcode == MESSAGE:
                key, time_ns, start = parse_message(data, span)
                yield Message(time_ns, key, start, span.offset + span.length - start)
            elif define and span.opcode in (SCHEMA, CHANNEL):
                content = memoryview(data)[span.offset : span.offset + span.length]
                self._add_definition(span.opcode, content)

    def _scan(self) -> list[ChunkRef]:
        """Find all chunks by scanning the file; fills channels and counts."""
        chunks: list[ChunkRef] = []
        run: list[Span] = []
        for span in file_spans(self._file, len(MAGIC), self._size):
            if span.opcode == CHUNK:
                chunks += self._scan_chunk(ChunkRef(span.offset, span.length))
            elif span.cut or not span.opcode >= HEADER:
                self._note(f'ends inside a record at byte {span.offset}; the rest is lost')
                break
            elif span.opcode == MESSAGE:
                if run and span.offset + span.length - run[0].offset > _RUN_BYTES:
                    chunks += self._close_run(run)
                run.append(span)
            elif span.opcode in (SCHEMA, CHANNEL):
                self._add_definition(span.opcode, read_span(self._file, span))
            elif span.opcode in (DATA_END, FOOTER):
                break
        return chunks + self._close_run(run)

    def _close_run(self, run: list[Span]) -> list[ChunkRef]:
        """Turn consecutive messages outside chunks into one chunk without compression."""
        if not run:
            return []
        offset = run[0].offset - 9
        end = run[-1].offset + run[-1].length
        run.clear()
        return self._scan_chunk(ChunkRef(offset, end - offset, header=_PLAIN))

    def _add_definition(self, opcode: int, content: bytes | memoryview) -> None:
        if opcode == SCHEMA:
            key, schema = parse_schema(content)
            self._schemas[key] = schema
        else:
            self._define(parse_channel(content, self._schemas))


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
