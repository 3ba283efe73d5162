# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads MCAP by its index if it is valid, otherwise by scanning."""

import dataclasses
import zlib
from pathlib import Path

from thermal_depth_ros.bags.chunk_memory import ChunkIndex, check_block
from thermal_depth_ros.bags.chunked_file import ChunkedFile
from thermal_depth_ros.bags.compression import inflate
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.mcap_index import ChunkRef, Summary, read_summary
from thermal_depth_ros.bags.mcap_records import (
    CHANNEL,
    CHUNK,
    DATA_END,
    FOOTER,
    HEADER,
    MAGIC,
    MESSAGE,
    SCHEMA,
    Span,
    buffer_spans,
    file_spans,
    parse_channel,
    parse_chunk_header,
    parse_message,
    parse_schema,
    read_span,
)
from thermal_depth_ros.bags.storage import Buffer, Definition

_RUN_BYTES = 4 << 20  # messages outside chunks are read in runs of about this size


class McapStorage(ChunkedFile[ChunkRef]):
    """One MCAP file."""

    def __init__(self, path: Path) -> None:
        self._schemas: dict[int, tuple[str, Definition]] = {}
        super().__init__(path)

    def _find_chunks(self) -> list[ChunkRef]:
        summary = self._summary()
        return self._scan() if summary is None else self._adopt(summary)

    def _summary(self) -> Summary | None:
        try:
            return read_summary(self._file, self._size)
        except BagError as error:
            self._note(f'{error}; read without its index')
            return None

    def _adopt(self, summary: Summary) -> list[ChunkRef]:
        self.channels, self.counts = summary.channels, summary.counts
        return summary.chunks

    def _offset(self, chunk: ChunkRef) -> int:
        return chunk.span.offset

    def _load(self, chunk: ChunkRef, wanted: frozenset[int]) -> tuple[Buffer, ChunkIndex]:
        data, cut = self._chunk_data(chunk)
        index = ChunkIndex()
        try:
            for span in buffer_spans(data):
                if span.cut:
                    if not cut:
                        self._note(f'chunk at byte {chunk.span.offset} ends inside a record')
                    break
                if span.opcode == MESSAGE:
                    key, time_ns, start = parse_message(data, span)
                    if key in wanted:
                        index.add(time_ns, key, start, span.offset + span.length - start)
        except BagError as error:  # earlier records are intact
            self._note(f'chunk at byte {chunk.span.offset}: {error}')
        return data, index

    def _chunk_data(self, chunk: ChunkRef) -> tuple[Buffer, bool]:
        """Return the decompressed records of a chunk, and whether some are missing."""
        available = min(chunk.span.length, self._size - chunk.span.offset)
        check_block(available)
        self._file.seek(chunk.span.offset)
        content = self._file.read(max(0, available))
        if chunk.plain:
            return content, False
        header = parse_chunk_header(content)
        packed = memoryview(content)[header.data_offset :][: header.compressed_size]
        cut = len(packed) < header.compressed_size
        data = inflate(packed, header.compression, header.uncompressed_size, partial=cut)
        if header.crc and not cut and zlib.crc32(data) != header.crc:
            raise BagError('checksum does not match; its messages are left out')
        return data, cut

    def _scan(self) -> list[ChunkRef]:
        """Find all chunks by scanning the file; fills channels and counts."""
        chunks: list[ChunkRef] = []
        run: list[Span] = []
        for span in file_spans(self._file, len(MAGIC), self._size):
            if span.opcode == CHUNK:
                self._scan_chunk(span, chunks)
            elif span.cut or not span.opcode >= HEADER:
                self._note(f'ends inside a record at byte {span.offset}; the rest is lost')
                break
            elif span.opcode == MESSAGE:
                if run and span.offset + span.length - run[0].offset > _RUN_BYTES:
                    self._close_run(run, chunks)
                run.append(span)
            elif span.opcode in (SCHEMA, CHANNEL):
                self._define(span.opcode, read_span(self._file, span))
            elif span.opcode in (DATA_END, FOOTER):
                break
        self._close_run(run, chunks)
        return chunks

    def _close_run(self, run: list[Span], chunks: list[ChunkRef]) -> None:
        """Turn consecutive messages outside chunks into one chunk without compression."""
        if not run:
            return
        offset = run[0].offset - 9
        end = run[-1].offset + run[-1].length
        self._scan_chunk(Span(CHUNK, offset, end - offset), chunks, plain=True)
        run.clear()

    def _scan_chunk(self, span: Span, chunks: list[ChunkRef], *, plain: bool = False) -> None:
        chunk = ChunkRef(span, 0, 0, None, plain)
        first, last, count = 2**64, -1, 0
        channels: set[int] = set()
        try:
            data, cut = self._chunk_data(chunk)
            for inner in buffer_spans(data):
                if inner.cut:
                    cut = True
                    break
                content = memoryview(data)[inner.offset : inner.offset + inner.length]
                if inner.opcode in (SCHEMA, CHANNEL):
                    self._define(inner.opcode, content)
                elif inner.opcode == MESSAGE:
                    key, time_ns, _ = parse_message(data, inner)
                    first, last, count = min(first, time_ns), max(last, time_ns), count + 1
                    channels.add(key)
                    self.counts[key] = self.counts.get(key, 0) + 1
            if cut:
                self._note(f'chunk at byte {span.offset} is cut; {count} messages of it are read')
        except (BagError, OSError) as error:
            self._note(f'chunk at byte {span.offset}: {error}')
        if count:
            chunks.append(
                dataclasses.replace(
                    chunk, start_ns=first, end_ns=last, channels=frozenset(channels)
                )
            )

    def _define(self, opcode: int, content: bytes | memoryview) -> None:
        if opcode == SCHEMA:
            key, schema = parse_schema(content)
            self._schemas[key] = schema
        else:
            channel = parse_channel(content, self._schemas)
            self.channels[channel.id] = channel
            self.counts.setdefault(channel.id, 0)
