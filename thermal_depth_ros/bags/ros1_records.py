# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Parser of ROS 1 bag records (format 2.0) that does not trust any declared length."""

import dataclasses
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

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
