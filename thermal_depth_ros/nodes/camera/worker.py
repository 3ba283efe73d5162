# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A slot for the newest item, processed by one thread."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from thermal_depth_ros.base.unexpected import report

ItemT = TypeVar('ItemT')


class NewestItemWorker(Generic[ItemT]):
    """Passes the newest offered item to a function in its own thread.

    Offering never waits for the function: the lock guards only the slot. An item that is still
    waiting when a newer one comes is replaced by it.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[ItemT], None],
        failed: Callable[[ItemT, Exception], None],
    ) -> None:
        self._name = name
        self._handle = handle
        self._failed = failed
        self._slot: ItemT | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; the slot is empty."""
        self._slot = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def offer(self, item: ItemT) -> bool:
        """Put an item into the slot. Return whether it replaced a waiting one."""
        with self._changed:
            replaced = self._slot is not None
            self._slot = item
            self._changed.notify()
        return replaced

    def stop(self, timeout_s: float | None = None) -> bool:
        """Drop the waiting item, let the function finish, and end the thread.

        Returns:
            False if the function was still running after the timeout.
        """
        with self._changed:
            self._stopping = True
            self._slot = None
            self._changed.notify()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        finished = not self._thread.is_alive()
        if finished:
            self._thread = None
        return finished

    def _next(self) -> ItemT | None:
        with self._changed:
            self._changed.wait_for(lambda: self._slot is not None or self._stopping)
            item, self._slot = self._slot, None
            return item

    def _run(self) -> None:
        while (item := self._next()) is not None:
            try:
                self._handle(item)
            except Exception as error:  # boundary of a callback: report and continue
                self._report(item, error)

    def _report(self, item: ItemT, error: Exception) -> None:
        """Report an error; the thread survives an error of the report itself."""
        try:
            self._failed(item, error)
        except Exception as another:
            report(f'the report of an error in thread {self._name}', another)
