# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads ROS 1 bags by their index if it is valid, otherwise by scanning.

A bag that was not closed (`.bag.active`, or cut) has no index; `rosbag reindex` would make one.
"""

import dataclasses
import re
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from thermal_depth_ros.bags.chunked_file import ChunkedFile, ChunkRef, CutChunkError, Message
from thermal_depth_ros.bags.compression import inflate
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import Buffer, Channel, Definition, absolute_topic

MAGIC = b'#ROSBAG V'
MESSAGE, BAG_HEADER, CHUNK, CHUNK_INFO, CONNECTION = 2, 3, 5, 6, 7
MAX_HEADER_BYTES = 1 << 24
_U32 = struct.Struct('<I')


@dataclasses.dataclass(frozen=True)
class Record:
    """Header fields and data location of one record; `cut` if truncated."""

    fields: dict[bytes, bytes]
    offset: int
    length: int
    cut: bool = False

    def number(self, name: bytes, size: int = 4) -> int:
        """Return an unsigned integer field.

        Raises:
            BagError: It is missing or has another size.
        """
        value = self.fields.get(name, b'')
        if len(value) != size:
            raise BagError(f'a record has no valid field {name.decode()!r}')
        return int.from_bytes(value, 'little')

    def text(self, name: bytes) -> str:
        """Return a text field, '' if missing."""
        return self.fields.get(name, b'').decode('utf-8', 'replace')

    @property
    def opcode(self) -> int:
        """Kind of record, 0 if missing."""
        value = self.fields.get(b'op', b'')
        return value[0] if len(value) == 1 else 0

    @property
    def time_ns(self) -> int:
        """Receive time of a message record."""
        value = self.number(b'time', 8)
        return (value & 0xFFFFFFFF) * 10**9 + (value >> 32)


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


def parse_fields(data: bytes | memoryview) -> dict[bytes, bytes]:
    """Parse the name=value fields of a record header.

    Raises:
        BagError: A field is longer than the header or has no name.
    """
    fields: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        if len(data) - position < 4:
            raise BagError('a record header is damaged')
        (size,) = _U32.unpack_from(data, position)
        position += 4
        name, separator, value = bytes(data[position : position + size]).partition(b'=')
        if size > len(data) - position or not separator:
            raise BagError('a record header is damaged')
        fields[name] = value
        position += size
    return fields


def file_records(file: BinaryIO, start: int, end: int) -> Iterator[Record]:
    """Iterate over the records between two offsets of a file; the last one may be truncated.

    Raises:
        BagError: A header is damaged.
    """

    def read(position: int, size: int) -> bytes:
        file.seek(position)
        return file.read(size)

    return _records(read, start, end)


def buffer_records(data: Buffer) -> Iterator[Record]:
    """Iterate over the records of a decompressed chunk; the last one may be truncated.

    Raises:
        BagError: A header is damaged.
    """
    return _records(lambda position, size: data[position : position + size], 0, len(data))


def _records(read: Callable[[int, int], Buffer], start: int, end: int) -> Iterator[Record]:
    position = start
    while position < end:
        prefix = read(position, 4)
        size = _U32.unpack(prefix)[0] if len(prefix) == 4 else end
        if size > min(MAX_HEADER_BYTES, end - position - 8):
            yield Record({}, position, 0, cut=True)
            return
        fields = parse_fields(read(position + 4, size))
        (length,) = _U32.unpack(read(position + 4 + size, 4))
        offset = position + 8 + size
        yield Record(fields, offset, length, cut=length > end - offset)
        position = offset + length


def parse_connection(record: Record, data: bytes | memoryview) -> Channel:
    """Return the channel of a connection record."""
    about = Record(parse_fields(data), 0, 0)
    package, _, name = about.text(b'type').partition('/')
    return Channel(
        record.number(b'conn'),
        absolute_topic(record.text(b'topic')),
        f'{package}/msg/{name}',
        'ros1',
        Definition('ros1msg', about.text(b'message_definition')),
        about.text(b'latching') == '1',
    )
