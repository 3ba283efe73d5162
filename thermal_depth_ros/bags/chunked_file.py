# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Common base of MCAP and ROS 1 bags: a file of chunks, each covering a time span."""

import abc
import functools
import os
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from thermal_depth_ros.bags.chunk_memory import ChunkCursor, ChunkIndex
from thermal_depth_ros.bags.storage import Buffer, Channel, Source


class Chunk(Protocol):
    """Location of some records; `channels` is None if unknown."""

    @property
    def start_ns(self) -> int:
        """Lower bound of the times."""

    @property
    def end_ns(self) -> int:
        """Upper bound of the times."""

    @property
    def channels(self) -> frozenset[int] | None:
        """Channels of the records."""


ChunkT = TypeVar('ChunkT', bound=Chunk)


class ChunkedFile(abc.ABC, Generic[ChunkT]):
    """An open file, read chunk by chunk in order of time; a `Storage`.

    Raises:
        BagError: The file is none of its kind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open('rb')
        self._size = os.fstat(self._file.fileno()).st_size
        self.channels: dict[int, Channel] = {}
        self.counts: dict[int, int] = {}
        self.problems: list[str] = []
        self.notes: list[str] = []
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

    def _cursor(self, chunk: ChunkT, wanted: frozenset[int]) -> ChunkCursor:
        def note(problem: str) -> None:
            self._note(f'chunk at byte {self._offset(chunk)}: {problem}')

        load = functools.partial(self._load, chunk, wanted)
        return ChunkCursor(load, self.channels, note)

    @abc.abstractmethod
    def _find_chunks(self) -> list[ChunkT]:
        """Find the chunks and fill channels, counts and problems."""

    @abc.abstractmethod
    def _load(self, chunk: ChunkT, wanted: frozenset[int]) -> tuple[Buffer, ChunkIndex]:
        """Decompress a chunk and return the locations of the requested records."""

    @abc.abstractmethod
    def _offset(self, chunk: ChunkT) -> int:
        """Return the offset of a chunk in the file."""

    def _note(self, problem: str) -> None:
        text = f'{self._path.name}: {problem}'
        if text not in self.problems:
            self.problems.append(text)
