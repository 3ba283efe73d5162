# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of decompressed chunks, with one memory limit for all chunks of this process.

A chunk is decompressed as a whole, and its messages wait until their time has come. Chunks that
overlap in time wait together. Where they would need more than the limit, each keeps only its next
messages and is decompressed again when those are used up.
"""

import array
import threading
import weakref
from collections.abc import Callable

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.storage import Buffer, Channel, RawRecord
from thermal_depth_ros.base.budgets import DECODED_BYTES

_ENTRY_BYTES = 32  # of the index, for each message
_INDEXED_SHARE = 128  # bytes of the limit for each message of a chunk: its index and its sorting
MAX_FILLS = 64  # of one chunk in one pass; exceeded only by malicious files


class ChunkIndex:
    """Index of the messages of a decompressed chunk."""

    def __init__(self) -> None:
        self._times = array.array('Q')
        self._channels = array.array('L')
        self._offsets = array.array('Q')
        self._lengths = array.array('Q')
        self._limit = largest_block() // _INDEXED_SHARE

    def __len__(self) -> int:
        return len(self._times)

    def add(self, time_ns: int, channel: int, offset: int, length: int) -> None:
        """Add a message.

        Raises:
            BagError: There are so many that their index alone would exceed the limit.
        """
        if len(self._times) >= self._limit:
            raise BagError(f'holds more than {self._limit} messages ({_limit_in_words()})')
        self._times.append(time_ns)
        self._channels.append(channel)
        self._offsets.append(offset)
        self._lengths.append(length)

    def columns(self) -> list[np.ndarray]:
        """Return time, channel, offset and length in order of time, as arrays (N,)."""
        columns = (self._times, self._channels, self._offsets, self._lengths)
        arrays = [np.frombuffer(column, f'u{column.itemsize}') for column in columns]
        order = np.argsort(arrays[0], kind='stable')
        return [values[order] for values in arrays]


def largest_block() -> int:
    """Return the largest decompressed size of a chunk or message, bytes."""
    return DECODED_BYTES.value // 2


def check_block(size: int) -> None:
    """Refuse a chunk or message before it is decompressed.

    Raises:
        BagError: It declares more bytes than one may have.
    """
    limit = largest_block()
    if size > limit:
        raise BagError(f'declares {size} bytes, the limit is {limit} ({_limit_in_words()})')


def _limit_in_words() -> str:
    return f'half of {DECODED_BYTES.value // DECODED_BYTES.unit} MB, {DECODED_BYTES.variable}'


class ChunkCursor:
    """The messages of one chunk in order of time; see the module.

    Args:
        load: Decompresses the chunk and returns its bytes and where its messages lie; again the
            same at every call. Raises BagError or OSError where the chunk is damaged.
        channels: Channels of the file.
        note: Called with the problem of the chunk.
    """

    def __init__(
        self,
        load: Callable[[], tuple[Buffer, ChunkIndex]],
        channels: dict[int, Channel],
        note: Callable[[str], None],
    ) -> None:
        self._load, self._channels, self._note = load, channels, note
        self._data: Buffer | None = b''  # None: only the time of the next message is known
        self._columns: list[np.ndarray] = []  # time, channel, offset, length
        self._next = self._kept = 0  # within the columns
        self._taken, self._total = 0, 0  # of the whole chunk
        self._fills = 0
        self.held_bytes = 0
        _MEMORY.fill(self)

    @property
    def time_ns(self) -> int | None:
        """Time of the next message, None at the end."""
        with _MEMORY.lock:
            if self._next == self._kept and self._taken < self._total:
                _MEMORY.fill(self)
            return int(self._columns[0][self._next]) if self._next < self._kept else None

    def take(self) -> RawRecord | None:
        """Return a copy of the next message, or None if it was lost."""
        with _MEMORY.lock:
            bare = self._data is None
            if bare:
                self.fill()
            if self._next == self._kept or self._data is None:
                return None
            time_ns, channel, offset, length = (int(column[self._next]) for column in self._columns)
            self._next += 1
            self._taken += 1
            data = bytes(self._data[offset : offset + length])
            if self._next == self._kept:
                self._forget()
            if bare:
                _MEMORY.balance()
        return RawRecord(time_ns, self._channels[channel], data)

    def shrink(self, limit_bytes: int) -> None:
        """Keep only as many of the next messages as fit; only the time of a larger one."""
        if self._data is None:
            return
        columns = [column[self._next : self._kept] for column in self._columns]
        lengths = columns[3].astype(np.int64)
        ends = np.cumsum(lengths + _ENTRY_BYTES)
        count = int(np.searchsorted(ends, limit_bytes, 'right'))
        if not count:
            self._hold(None, [np.array(column[:1]) for column in columns])
            return
        starts = columns[2][:count].tolist()
        data = self._data
        parts = [data[at : at + n] for at, n in zip(starts, lengths.tolist(), strict=False)]
        columns[2] = np.cumsum(lengths) - lengths
        self._hold(b''.join(parts), [np.array(column[:count]) for column in columns])

    def fill(self) -> None:
        """Decompress the chunk and keep the remaining messages."""
        self._fills += 1
        try:
            if self._fills > MAX_FILLS:
                raise BagError(
                    f'overlaps in time with so much else that {self._total - self._taken} of its '
                    f'messages are left out; set {DECODED_BYTES.variable} above '
                    f'{DECODED_BYTES.value // DECODED_BYTES.unit}'
                )
            data, index = self._load()
            columns = index.columns()
        except (BagError, OSError) as error:
            self._note(str(error))
            self._total = self._taken
            self._forget()
            return
        self._total = len(columns[0])
        self._hold(data, [column[self._taken :] for column in columns])
        if not self._kept:
            self._forget()

    def _hold(self, data: Buffer | None, columns: list[np.ndarray]) -> None:
        self._data, self._columns = data, columns
        self._next, self._kept = 0, len(columns[0])
        self.held_bytes = len(data or b'') + _ENTRY_BYTES * self._kept

    def _forget(self) -> None:
        self._data, self._columns = b'', []
        self._next = self._kept = self.held_bytes = 0


class _Memory:
    """Shares half of the limit among the cursors; the other half is for the chunk being opened."""

    def __init__(self) -> None:
        self._cursors: weakref.WeakSet[ChunkCursor] = weakref.WeakSet()
        self.lock = threading.RLock()

    def fill(self, cursor: ChunkCursor) -> None:
        """Fill a cursor."""
        with self.lock:
            self._cursors.add(cursor)
            cursor.fill()
            self.balance()

    def balance(self) -> None:
        """Reduce all cursors to an equal share if their total is too large."""
        holders = [one for one in self._cursors if one.held_bytes]
        limit = largest_block()
        if sum(one.held_bytes for one in holders) > limit:
            share = limit // len(holders)
            for one in holders:
                if one.held_bytes > share:
                    one.shrink(share)


_MEMORY = _Memory()
