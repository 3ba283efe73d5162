# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of a topic looked up by stamp, while another topic is walked through in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.messages.errors import MessageError

T = TypeVar('T')
_SLACK_NS = 500_000_000  # stamps may be out of order by so much


class StampedStream(Generic[T]):
    """One topic. Memory holds about a second of it, however long the recording is."""

    def __init__(
        self, topic: str, records: Iterable[Record], decode: Callable[[Any], T], tolerance_s: float
    ) -> None:
        """Begin at the first message.

        Args:
            topic: its name, for messages.
            records: its messages in order of time.
            decode: from a message to what is asked for; may raise MessageError.
            tolerance_s: how far a stamp may be from the one that is asked for.
        """
        self.topic = topic
        self.tolerance_ns = round(tolerance_s * 1e9)
        self.damaged = 0
        self.first_problem = ''
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self._records: Iterator[Record] = iter(records)
        self._decode = decode
        self._window: deque[tuple[int, Record]] = deque()
        self._ended = False

    def has(self, wanted_ns: int) -> bool:
        """Whether there is a message at a stamp."""
        return self._nearest(wanted_ns) is not None

    def at(self, wanted_ns: int) -> tuple[int, T] | None:
        """Return the message nearest to a stamp, with its own; None where there is none."""
        found = self._nearest(wanted_ns)
        if found is None:
            return None
        try:
            return found[0], self._decode(found[1].message)
        except (BagError, MessageError) as error:
            self._note(error)
            return None

    def _nearest(self, wanted_ns: int) -> tuple[int, Record] | None:
        self._advance(wanted_ns)
        near = [entry for entry in self._window if abs(entry[0] - wanted_ns) <= self.tolerance_ns]
        return min(near, key=lambda entry: abs(entry[0] - wanted_ns), default=None)

    def _advance(self, wanted_ns: int) -> None:
        end = wanted_ns + self.tolerance_ns + _SLACK_NS
        while not self._ended and (self.last_ns is None or self.last_ns <= end):
            record = next(self._records, None)
            if record is None:
                self._ended = True
                break
            try:
                stamp = record.stamp_ns
            except BagError as error:
                self._note(error)
                continue
            self._window.append((stamp, record))
            self.first_ns = stamp if self.first_ns is None else min(self.first_ns, stamp)
            self.last_ns = stamp if self.last_ns is None else max(self.last_ns, stamp)
        start = wanted_ns - self.tolerance_ns - _SLACK_NS
        while self._window and self._window[0][0] < start:
            self._window.popleft()

    def _note(self, error: Exception) -> None:
        self.damaged += 1
        self.first_problem = self.first_problem or str(error)
