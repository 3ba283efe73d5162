# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads MCAP by its index if it is valid, otherwise by scanning."""

import zlib
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.bags.chunked_file import ChunkedFile, ChunkRef, CutChunkError, Message
from thermal_depth_ros.bags.compression import inflate
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.mcap_index import Summary, read_summary
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

_PLAIN = 'plain'  # a run of records outside any chunk
_RUN_BYTES = 4 << 20  # messages outside chunks are read in runs of about this size


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
