# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Bounded queue of serialised messages and the thread that writes them to disk."""

import collections
import contextlib
import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

from thermal_depth_ros.bags.definitions import bag_typestore
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import RecordingWriter


@dataclasses.dataclass(frozen=True)
class Item:
    """One serialised message (CDR) and its time of reception."""

    topic: str
    type: str
    data: bytes
    time_ns: int
    latched: bool


@dataclasses.dataclass(frozen=True)
class RecordingReport:
    """Message counts by topic."""

    written: dict[str, int]
    dropped: dict[str, int]
    error: str | None

    @property
    def summary(self) -> str:
        """Summary in one line."""
        text = f'{sum(self.written.values())} messages of {len(self.written)} topics written'
        if self.dropped:
            lost = ', '.join(f'{topic} {count}' for topic, count in self.dropped.items())
            text += f'; {sum(self.dropped.values())} dropped: {lost}'
        return text + (f'; stopped: {self.error}' if self.error else '')


class RecordingQueue:
    """Writes in its own thread, so that receivers never wait for the disk.

    The queue is bounded in bytes. Excess messages are dropped and counted by topic.

    Raises:
        BagError: The recording cannot be created.
    """

    def __init__(
        self, path: Path | str, *, overwrite: bool = False, capacity_bytes: int = 1 << 29
    ) -> None:
        self._writer = RecordingWriter(path, overwrite=overwrite)
        self._capacity = capacity_bytes
        self._items: collections.deque[Item] = collections.deque()
        self._bytes = 0
        self._closing = False
        self._error: str | None = None
        self._on_error: Callable[[str], None] = lambda error: None
        self._taken: collections.Counter[str] = collections.Counter()
        self._written: collections.Counter[str] = collections.Counter()
        self._dropped: collections.Counter[str] = collections.Counter()  # not queued
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._drain, name='recording', daemon=True)
        self._thread.start()

    def on_error(self, report: Callable[[str], None]) -> None:
        """Set the callback for a failure of the recording, called once from the writing thread."""
        with self._changed:
            self._on_error, error = report, self._error
        if error:
            report(error)

    def check_type(self, message_type: str) -> None:
        """Check that a type can be written, before the first message.

        Raises:
            BagError: The type is not known to the writer.
        """
        if message_type not in bag_typestore().fielddefs:
            raise BagError(f'{message_type} is not known to the writer of recordings')

    def put(self, item: Item) -> bool:
        """Queue a message; return whether it was accepted."""
        with self._changed:
            full = self._bytes + len(item.data) > self._capacity and self._bytes > 0
            if full or self._closing or self._error:
                self._dropped[item.topic] += 1
                return False
            self._taken[item.topic] += 1
            self._items.append(item)
            self._bytes += len(item.data)
            self._changed.notify()
            return True

    def lost(self, topic: str, count: int) -> None:
        """Count messages that the middleware lost before they got here."""
        with self._changed:
            self._dropped[topic] += count

    def report(self) -> RecordingReport:
        """Return the counts so far.

        Every message is either written or dropped. After an error, written are those that can be
        read from the file.
        """
        with self._changed:
            dropped = self._dropped.copy()
            if self._error:
                dropped += self._taken - self._written
            return RecordingReport(dict(self._written), dict(dropped), self._error)

    def close(self) -> RecordingReport:
        """Write the queue, finish the file, and return the message counts."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        return self.report()

    def _drain(self) -> None:
        try:
            while (item := self._next()) is not None:
                self._writer.write(item.topic, item.type, item.data, item.time_ns, item.latched)
                with self._changed:
                    self._written[item.topic] += 1
            self._writer.close()
        except BagError as error:
            self._give_up(str(error))

    def _next(self) -> Item | None:
        """Return the oldest item, None when closing and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closing)
            if not self._items:
                return None
            item = self._items.popleft()
            self._bytes -= len(item.data)
            return item

    def _give_up(self, error: str) -> None:
        with contextlib.suppress(BagError):
            self._writer.close()
        with self._changed:
            self._error = error
            self._written = collections.Counter(self._writer.written)
            self._items.clear()
            self._bytes = 0
            report = self._on_error
        report(error)
