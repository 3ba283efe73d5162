# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Looks up messages of a topic by stamp, for increasing stamps."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record
from thermal_depth_ros.messages.errors import MessageError

T = TypeVar('T')
_SLACK_NS = 500_000_000  # largest disorder of stamps
_MOST_REASONS = 3


class StampedStream(Generic[T]):
    """One topic, of which about one second is in memory."""

    def __init__(
        self, topic: str, records: Iterable[Record], decode: Callable[[Any], T], tolerance_s: float
    ) -> None:
        """Start at the first message.

        Args:
            topic: Topic name, for error messages.
            records: Messages of the topic in order of time.
            decode: Conversion of a message to the requested value; may raise MessageError.
            tolerance_s: Largest time between a message and the requested stamp.
        """
        self.topic = topic
        self.tolerance_ns = round(tolerance_s * 1e9)
        self.read = 0  # requested messages that could be read
        self.unreadable: Counter[str] = Counter()  # requested messages that could not, by reason
        self._refused: set[int] = set()  # stamps of those, to count each once
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
        """Return the message nearest to a stamp, with its own stamp, or None."""
        found = self._nearest(wanted_ns)
        if found is None:
            return None
        try:
            decoded = self._decode(found[1].message)
        except (BagError, MessageError) as error:
            if found[0] not in self._refused:
                self._refused.add(found[0])
                self.unreadable[str(error)] += 1
            return None
        self.read += 1
        return found[0], decoded

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
                self.unreadable[str(error)] += 1
                continue
            self._window.append((stamp, record))
            self.first_ns = stamp if self.first_ns is None else min(self.first_ns, stamp)
            self.last_ns = stamp if self.last_ns is None else max(self.last_ns, stamp)
        start = wanted_ns - self.tolerance_ns - _SLACK_NS
        while self._window and self._window[0][0] < start:
            self._window.popleft()

    @property
    def problem(self) -> str:
        """Description of unreadable messages; '' if there are none."""
        count = sum(self.unreadable.values())
        if not count:
            return ''
        most = self.unreadable.most_common(_MOST_REASONS)
        reasons = '; '.join(f'{n} x {reason}' if len(most) > 1 else reason for reason, n in most)
        more = len(self.unreadable) - len(most)
        reasons += f' and {more} other reasons' if more else ''
        how_many = f'{count} messages cannot' if self.read else f'none of {count} messages can'
        return f'{self.topic}: {how_many} be read: {reasons}'
