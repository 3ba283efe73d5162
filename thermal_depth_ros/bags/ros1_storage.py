# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads ROS 1 bags by their index if it is valid, otherwise by scanning.

A bag that was not closed (`.bag.active`, or cut) has no index; `rosbag reindex` would make one.
"""

import re
from collections.abc import Iterator

from thermal_depth_ros.bags.chunked_file import ChunkedFile, ChunkRef, CutChunkError, Message
from thermal_depth_ros.bags.compression import inflate
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.ros1_records import (
    BAG_HEADER,
    CHUNK,
    CHUNK_INFO,
    CONNECTION,
    MESSAGE,
    Record,
    buffer_records,
    file_records,
    parse_connection,
)
from thermal_depth_ros.bags.storage import Buffer


class Ros1Storage(ChunkedFile):
    """One .bag file."""

    def _find_chunks(self) -> list[ChunkRef]:
        start = self._read_version()
        try:
            header = next(file_records(self._file, start, self._size), None)
            if header is None or header.opcode != BAG_HEADER:
                raise BagError('has no bag header')
            if header.text(b'encryptor'):
                raise BagError(f'is encrypted by {header.text(b"encryptor")}')
            return self._read_index(header)
        except BagError as error:
            self._note(f'{error}; read without its index (rosbag reindex would repair it)')
            self.channels.clear()
            self.counts.clear()
        return self._scan(start)

    def _read_version(self) -> int:
        line = self._file.readline(64)
        match = re.fullmatch(rb'#ROSBAG V(\d+)\.(\d+)\n', line)
        if not match or match.groups() != (b'2', b'0'):
            raise BagError(f'{self._path}: ROS 1 bag of an unsupported version {line.strip()!r}')
        return len(line)

    def _read_index(self, header: Record) -> list[ChunkRef]:
        position, expected = header.number(b'index_pos', 8), header.number(b'chunk_count')
        if position == 0 or position > self._size:
            raise BagError('has no index, so it was not closed or is cut')
        chunks = []
        for record in file_records(self._file, position, self._size):
            if record.cut:
                raise BagError('its index is cut')
            self._file.seek(record.offset)
            content = self._file.read(record.length)
            if record.opcode == CONNECTION:
                self._define(parse_connection(record, content))
            elif record.opcode == CHUNK_INFO:
                chunks.append(self._indexed_chunk(record, content))
        if len(chunks) != expected or len(self.channels) != header.number(b'conn_count'):
            raise BagError(f'its index lists {len(chunks)} of {expected} chunks')
        return chunks

    def _indexed_chunk(self, info: Record, content: bytes) -> ChunkRef:
        position = info.number(b'chunk_pos', 8)
        chunk = next(file_records(self._file, position, self._size), None)
        if chunk is None or chunk.opcode != CHUNK or chunk.cut:
            raise BagError(f'its index lists a chunk at byte {position}, where there is none')
        counts = [int.from_bytes(content[i : i + 4], 'little') for i in range(0, len(content), 4)]
        for key, count in zip(counts[::2], counts[1::2], strict=False):
            self.counts[key] = self.counts.get(key, 0) + count
        start, end = (
            Record({b'time': info.fields.get(name, b'')}, 0, 0).time_ns
            for name in (b'start_time', b'end_time')
        )
        known = frozenset(counts[::2])
        return ChunkRef(chunk.offset, chunk.length, start, end, known, header=chunk)

    def _inflate(self, chunk: ChunkRef, content: bytes) -> Buffer:
        record: Record = chunk.header
        size, compression = record.number(b'size'), record.text(b'compression')
        return inflate(content, compression, size, partial=self._is_cut(chunk))

    def _messages(self, data: Buffer, define: bool = False) -> Iterator[Message]:
        for record in buffer_records(data):
            if record.cut:
                raise CutChunkError('ends inside a record')
            if record.opcode == MESSAGE:
                key = record.number(b'conn')
                yield Message(record.time_ns, key, record.offset, record.length)
            elif define and record.opcode == CONNECTION:
                content = memoryview(data)[record.offset : record.offset + record.length]
                self._define(parse_connection(record, content))

    def _scan(self, start: int) -> list[ChunkRef]:
        """Find all chunks by scanning the file; fills channels and counts."""
        chunks: list[ChunkRef] = []
        try:
            for record in file_records(self._file, start, self._size):
                if record.opcode == CHUNK:
                    chunks += self._scan_chunk(
                        ChunkRef(record.offset, record.length, header=record)
                    )
                elif record.cut:
                    self._note(f'ends inside a record at byte {record.offset}; the rest is lost')
        except BagError as error:
            self._note(f'{error}; the rest is lost')
        return chunks
