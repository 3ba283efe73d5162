# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stamp of a recorded message: its own, or its time of recording if its own is invalid.

The same rule applies to everything that reads recordings; see docs/frames.md.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.messages.stamps import LATEST_NS, NS_PER_S, stamp_ns

_LOOKED_AT = 5  # messages of a topic whose stamps are compared
_SEARCHED = 100  # messages in which a usable stamp is looked for
_SAME_CLOCK_NS = 60 * NS_PER_S  # stamps nearer to the time of recording are of the same clock


class RecordedStamps:
    """Resolves the stamps of the topics of one recording, with a note about each invalid topic."""

    def __init__(self, first: Callable[[str], Iterator[Any]]) -> None:
        """Initialise.

        Args:
            first: Gives the records of a topic from its beginning.
        """
        self._first = first
        self._frozen: dict[str, bool] = {}
        self._offset_ns: dict[str, int] = {}
        self._notes: dict[str, str] = {}  # by topic

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes about topics with replaced stamps so far."""
        return tuple(self._notes.values())

    def note(self, topic: str) -> str:
        """Return the note about a topic, '' if its own stamps are used."""
        return self._notes.get(topic, '')

    def resolve(self, topic: str, own_ns: int, time_ns: int) -> int:
        """Return the stamp of a message.

        Args:
            topic: Topic of the message.
            own_ns: Stamp in its header.
            time_ns: Time at which the message was recorded.
        """
        if not _usable(own_ns):
            what = 'of 0' if own_ns == 0 else f'out of range ({own_ns / NS_PER_S:.9g} s)'
        elif self._is_frozen(topic):
            what = f'that are all alike ({own_ns / NS_PER_S:.9f} s)'
        else:
            return own_ns
        if topic not in self._offset_ns:
            self._offset_ns[topic] = 0 if self._is_frozen(topic) else self._own_clock(topic)
        offset_ns = self._offset_ns[topic]
        other = f', moved by {offset_ns / NS_PER_S:.9g} s to their clock' if offset_ns else ''
        self._notes.setdefault(
            topic, f'{topic}: messages with stamps {what}: their time of recording is taken{other}'
        )
        # Images before the start of the camera clock have no stamp and are not in order.
        return max(time_ns + offset_ns, 1)

    def _is_frozen(self, topic: str) -> bool:
        """Whether the first messages all have the same stamp."""
        if topic not in self._frozen:
            self._frozen[topic] = False  # while they are inspected
            self._frozen[topic] = self._look(topic)
        return self._frozen[topic]

    def _look(self, topic: str) -> bool:
        stamps, times = set(), set()
        for place, record in enumerate(self._first(topic)):
            try:
                stamps.add(stamp_ns(record.message.header))
                times.add(record.time_ns)
            except BagError:
                pass
            if place + 1 >= _LOOKED_AT or len(stamps) > 1:
                break
        return len(stamps) == 1 and len(times) > 2

    def _own_clock(self, topic: str) -> int:
        """Return the offset of the valid stamps of a topic from the time of recording, ns.

        A camera whose clock starts late sends zeros first, then times since it was switched on:
        put at the time of recording, the first images would be later than all that follow.
        """
        for record in itertools.islice(self._first(topic), _SEARCHED):
            try:
                own_ns = stamp_ns(record.message.header)
            except BagError:
                continue
            if _usable(own_ns):
                offset_ns = own_ns - int(record.time_ns)
                return 0 if abs(offset_ns) < _SAME_CLOCK_NS else offset_ns
        return 0


def _usable(own_ns: int) -> bool:
    return 0 < own_ns <= LATEST_NS
