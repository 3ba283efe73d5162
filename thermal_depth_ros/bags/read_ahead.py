# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and decompresses in a thread while earlier messages are worked on."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar('T')
_PATIENCE_S = 0.1  # between two looks at whether to stop


class ReadAhead(Iterator[T], Generic[T]):
    """The items of an iterator, of which a thread takes a few in advance.

    What the iterator raises is raised where its next item would have come.
    """

    def __init__(self, items: Iterator[T], count: int) -> None:
        """Set the iterator and how many items wait at most; the first request starts the thread."""
        self._items = items
        self._waiting: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(count)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name='read ahead', daemon=True)
        self._started = self._ended = False

    def __next__(self) -> T:
        if not self._started:
            self._started = True
            self._thread.start()
        if self._ended or self._stop.is_set():
            raise StopIteration
        item, error = self._waiting.get()
        if error is not None:
            self._ended = True
            raise error
        return item  # type: ignore[return-value]  # there is one without an error

    def close(self) -> None:
        """Stop the thread and wait for its end; there are no more items afterwards."""
        self._stop.set()
        if self._started:
            self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._items:
                if not self._put((item, None)):
                    return
        except BaseException as error:  # noqa: BLE001 - raised again by the one who reads
            self._put((None, error))
        else:
            self._put((None, StopIteration()))

    def _put(self, entry: tuple[T | None, BaseException | None]) -> bool:
        """Add an entry when there is room; return whether it was wanted."""
        while not self._stop.is_set():
            try:
                self._waiting.put(entry, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return True
        return False
