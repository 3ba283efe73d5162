# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Common base of MCAP and ROS 1 bags: a file of chunks, each covering a time span."""

import abc
import dataclasses
import functools
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from thermal_depth_ros.bags.chunk_memory import ChunkCursor, ChunkIndex, check_block
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import Buffer, Source, Storage


@dataclasses.dataclass(frozen=True)
class ChunkRef:
    """Location and content of a chunk.

    Attributes:
        offset: Of its first byte in the file.
        length: Number of bytes; the file may end before.
        start_ns: Lower bound of the times.
        end_ns: Upper bound of the times.
        channels: Channels of its records, None if unknown.
        header: What the format says of the chunk outside its content.
    """

    offset: int
    length: int
    start_ns: int = 0
    end_ns: int = 0
    channels: frozenset[int] | None = None
    header: Any = None


class Message(NamedTuple):
    """One message of a decompressed chunk, and where its data lie there."""

    time_ns: int
    channel: int
    offset: int
    length: int


class CutChunkError(BagError):
    """A decompressed chunk ends inside a record."""


class ChunkedFile(Storage):
    """An open file, read chunk by chunk in order of time.

    Raises:
        BagError: The file is none of its kind.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._file: BinaryIO = path.open('rb')
        self._size = os.fstat(self._file.fileno()).st_size
        self._known_cut: set[int] = set()  # offsets of chunks
        try:
            self._chunks = self._find_chunks()
        except BaseException:
            self._file.close()
            raise
        self.start_ns = min((chunk.start_ns for chunk in self._chunks), default=0)
        self.end_ns = max((chunk.end_ns for chunk in self._chunks), default=0)

    def close(self) -> None:
        """Release the file."""
        self._file.close()

    def sources(self, channels: Collection[int]) -> list[Source]:
        """Return the chunks with records of some channels, skipping damaged ones."""
        wanted = frozenset(channels) & self.channels.keys()
        return [
            (chunk.start_ns, functools.partial(self._cursor, chunk, wanted))
            for chunk in self._chunks
            if chunk.channels is None or chunk.channels & wanted
        ]

    def _cursor(self, chunk: ChunkRef, wanted: frozenset[int]) -> ChunkCursor:
        load = functools.partial(self._load, chunk, wanted)
        note = functools.partial(self._note_chunk, chunk)
        return ChunkCursor(load, self.channels, note)

    @abc.abstractmethod
    def _find_chunks(self) -> list[ChunkRef]:
        """Find the chunks and fill channels, counts and problems."""

    @abc.abstractmethod
    def _inflate(self, chunk: ChunkRef, content: bytes) -> Buffer:
        """Return the decompressed records of a chunk, the first ones if it is cut.

        Raises:
            BagError: It is damaged.
        """

    @abc.abstractmethod
    def _messages(self, data: Buffer, define: bool = False) -> Iterator[Message]:
        """Yield the messages of a decompressed chunk.

        Args:
            data: Its records.
            define: Add the channels that are defined in it.

        Raises:
            CutChunkError: It ends inside a record.
            BagError: A record is damaged.
        """

    def _read_chunk(self, chunk: ChunkRef) -> Buffer:
        """Return the decompressed records of a chunk."""
        available = min(chunk.length, self._size - chunk.offset)
        check_block(available)
        self._file.seek(chunk.offset)
        return self._inflate(chunk, self._file.read(max(0, available)))

    def _is_cut(self, chunk: ChunkRef) -> bool:
        return chunk.length > self._size - chunk.offset

    def _load(self, chunk: ChunkRef, wanted: frozenset[int]) -> tuple[Buffer, ChunkIndex]:
        """Decompress a chunk and return the locations of the requested records."""
        data = self._read_chunk(chunk)
        index = ChunkIndex()
        try:
            for message in self._messages(data):
                if message.channel in wanted:
                    index.add(*message)
        except CutChunkError as error:
            if chunk.offset not in self._known_cut and not self._is_cut(chunk):
                self._note_chunk(chunk, str(error))
        except BagError as error:  # earlier records are intact
            self._note_chunk(chunk, str(error))
        return data, index

    def _scan_chunk(self, chunk: ChunkRef) -> list[ChunkRef]:
        """Count the messages of a chunk; return it with what it holds, [] if that is nothing."""
        first, last, count = 2**64, -1, 0
        channels: set[int] = set()
        cut = self._is_cut(chunk)
        try:
            for message in self._messages(self._read_chunk(chunk), define=True):
                first, last = min(first, message.time_ns), max(last, message.time_ns)
                count += 1
                channels.add(message.channel)
                self.counts[message.channel] = self.counts.get(message.channel, 0) + 1
        except CutChunkError:
            cut = True
        except (BagError, OSError) as error:
            self._note_chunk(chunk, str(error))
        if cut:
            self._known_cut.add(chunk.offset)
            self._note(f'chunk at byte {chunk.offset} is cut; {count} messages of it are read')
        known = frozenset(channels)
        scanned = dataclasses.replace(chunk, start_ns=first, end_ns=last, channels=known)
        return [scanned] if count else []

    def _note_chunk(self, chunk: ChunkRef, problem: str) -> None:
        self._note(f'chunk at byte {chunk.offset}: {problem}')
