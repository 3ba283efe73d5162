# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parser of MCAP records (mcap.dev/spec) that does not trust any declared length."""

import dataclasses
import os
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import Buffer, Channel, Definition, absolute_topic, read_latched

MAGIC = b'\x89MCAP0\r\n'
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
CHUNK_INDEX, STATISTICS, DATA_END = 0x08, 0x0B, 0x0F
FOOTER_BYTES = 9 + 20
_PREFIX = struct.Struct('<BQ')
_MESSAGE = struct.Struct('<HIQQ')


@dataclasses.dataclass(frozen=True)
class Span:
    """Location of the content of one record; `cut` if the data are truncated."""

    opcode: int
    offset: int
    length: int
    cut: bool = False


@dataclasses.dataclass(frozen=True)
class ChunkHeader:
    """Fields of a chunk before its compressed records."""

    uncompressed_size: int
    crc: int
    compression: str
    compressed_size: int
    data_offset: int


class Fields:
    """Reads the fields of one record with bounds checks."""

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = memoryview(data)
        self.position = 0

    def take(self, size: int) -> memoryview:
        """Return the next bytes."""
        if size > len(self._data) - self.position:
            raise BagError(f'a field of {size} bytes is longer than its record')
        self.position += size
        return self._data[self.position - size : self.position]

    def number(self, size: int) -> int:
        """Return the next little-endian unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), 'little')

    def blob(self) -> memoryview:
        """Return the next length-prefixed bytes."""
        return self.take(self.number(4))

    def text(self) -> str:
        """Return the next string; bytes that are no UTF-8 are replaced."""
        return bytes(self.blob()).decode('utf-8', 'replace')

    @property
    def left(self) -> int:
        """Number of bytes not yet taken."""
        return len(self._data) - self.position


def file_spans(file: BinaryIO, start: int, end: int) -> Iterator[Span]:
    """Iterate over the records between two offsets; the last one may be truncated."""

    def read(position: int, size: int) -> bytes:
        file.seek(position)
        return file.read(size)

    return _spans(read, start, end)


def buffer_spans(data: Buffer) -> Iterator[Span]:
    """Iterate over the records of a decompressed chunk; the last one may be truncated."""
    return _spans(lambda position, size: data[position : position + size], 0, len(data))


def _spans(read: Callable[[int, int], Buffer], start: int, end: int) -> Iterator[Span]:
    position = start
    while position < end:
        prefix = read(position, min(_PREFIX.size, end - position))
        if len(prefix) < _PREFIX.size:
            yield Span(0, position, 0, cut=True)
            return
        opcode, length = _PREFIX.unpack(prefix)
        position += _PREFIX.size
        yield Span(opcode, position, length, cut=length > end - position)
        position += length


def read_span(file: BinaryIO, span: Span) -> bytes:
    """Return the content of a record, whose length was checked against the file.

    Raises:
        BagError: The record ends beyond the end of the file.
    """
    if span.cut or span.offset + span.length > os.fstat(file.fileno()).st_size:
        raise BagError(f'the record at byte {span.offset} ends beyond the end of the file')
    file.seek(span.offset)
    return file.read(span.length)


def parse_schema(content: bytes | memoryview) -> tuple[int, tuple[str, Definition]]:
    """Return the id of a schema and its type name with the definition."""
    fields = Fields(content)
    key, name, encoding = fields.number(2), fields.text(), fields.text()
    if encoding == 'omgidl':
        encoding = 'ros2idl'
    if '/' in name and '/msg/' not in name and encoding in ('ros1msg', 'ros2msg'):
        name = name.replace('/', '/msg/', 1)
    return key, (name, Definition(encoding, fields.text()))


def parse_channel(
    content: bytes | memoryview, schemas: dict[int, tuple[str, Definition]]
) -> Channel:
    """Return a channel; a missing schema leaves its type empty."""
    fields = Fields(content)
    key, schema = fields.number(2), fields.number(2)
    topic, encoding, metadata = fields.text(), fields.text(), Fields(fields.blob())
    type_name, definition = schemas.get(schema, ('', Definition()))
    latched, problem = False, ''
    while metadata.left:
        name, value = metadata.text(), metadata.text()
        if name == 'offered_qos_profiles':
            latched, problem = read_latched(value)
    return Channel(key, absolute_topic(topic), type_name, encoding, definition, latched, problem)


def parse_chunk_header(content: bytes) -> ChunkHeader:
    """Return the fields before the compressed records of a chunk."""
    fields = Fields(content)
    fields.take(16)  # the times; those of the messages themselves are used
    uncompressed, crc = fields.number(8), fields.number(4)
    compression, compressed = fields.text(), fields.number(8)
    return ChunkHeader(uncompressed, crc, compression, compressed, fields.position)


def parse_message(data: Buffer, span: Span) -> tuple[int, int, int]:
    """Return channel id, log time and where the serialised message of a message record begins.

    Raises:
        BagError: The record is shorter than its fixed fields.
    """
    if span.length < _MESSAGE.size:
        raise BagError(f'a message record of {span.length} bytes is too short')
    channel, _, log_time, _ = _MESSAGE.unpack_from(data, span.offset)
    return channel, log_time, span.offset + _MESSAGE.size
