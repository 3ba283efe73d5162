# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Throttled warnings: each kind at most once per period, with a count of the rest.

Warnings quote names and values that came in messages: they are logged as one printable line of
bounded length. Kinds should not contain such text; where they do, only so many are told apart.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from thermal_depth_ros.base.unexpected import report
from thermal_depth_ros.base.wire_text import printable

MOST_KINDS = 256  # told apart; further ones share one kind
OTHER_KINDS = 'other kinds'


class Logger(Protocol):
    """Required interface of a logger."""

    def warning(self, message: str) -> object:
        """Log a warning."""


class Notices:
    """Throttles by kind of problem, not by the line of code that reports it."""

    def __init__(
        self,
        logger: Logger,
        period_s: Callable[[], float],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logger = logger
        self._period_s = period_s
        self._now = now
        self._last: dict[str, float] = {}
        self._held_back: dict[str, int] = {}
        self._lock = threading.Lock()

    def warn(self, kind: str, message: str) -> None:
        """Log now, or count the warning as suppressed until the period of its kind is over."""
        with self._lock:
            kind, now = self._known(kind), self._now()
            if kind in self._last and now - self._last[kind] < self._period_s():
                self._held_back[kind] = self._held_back.get(kind, 0) + 1
                return
            self._last[kind] = now
            held_back = self._held_back.pop(kind, 0)
        more = f' ({held_back} more like this)' if held_back else ''
        self._logger.warning(printable(message) + more)

    def warn_once(self, kind: str, message: str) -> None:
        """Log the first warning of a kind and no other."""
        with self._lock:
            kind = self._known(kind)
            if kind in self._last:
                return
            self._last[kind] = self._now()
        self._logger.warning(printable(message))

    def say(self, message: str) -> None:
        """Log a warning now; the caller limits its rate."""
        self._logger.warning(printable(message))

    def unexpected(self, where: str, error: Exception) -> None:
        """Log the stack of an unexpected error, once per kind of error."""
        report(where, error, self._logger.warning)

    def _known(self, kind: str) -> str:
        """Return the kind for which a warning counts; the lock is held."""
        return kind if kind in self._last or len(self._last) < MOST_KINDS else OTHER_KINDS
