# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Warnings that do not flood: each kind at most once in a period, with a count of the rest."""

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Logger(Protocol):
    """The part of a logger that is needed here."""

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
        """Log now, or count the warning as held back until the period of its kind is over."""
        with self._lock:
            now = self._now()
            if kind in self._last and now - self._last[kind] < self._period_s():
                self._held_back[kind] = self._held_back.get(kind, 0) + 1
                return
            self._last[kind] = now
            held_back = self._held_back.pop(kind, 0)
        self._logger.warning(message + (f' ({held_back} more like this)' if held_back else ''))

    def warn_once(self, kind: str, message: str) -> None:
        """Log the first warning of a kind and no other."""
        with self._lock:
            if kind in self._last:
                return
            self._last[kind] = self._now()
        self._logger.warning(message)
