# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The stamp of a recorded message: its own, or its time of recording where its own says nothing.

One rule for everything that is done with recordings; docs/frames.md states it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.messages.stamps import LATEST_NS, NS_PER_S, stamp_ns

_LOOKED_AT = 5  # messages of a topic whose stamps are compared


class RecordedStamps:
    """Judges the stamps of the topics of one recording, and keeps a line about each bad one."""

    def __init__(self, first: Callable[[str], Iterator[Any]]) -> None:
        """Begin.

        Args:
            first: gives the records of a topic from its beginning.
        """
        self._first = first
        self._frozen: dict[str, bool] = {}
        self._notes: dict[str, str] = {}  # by topic

    @property
    def notes(self) -> tuple[str, ...]:
        """One line about each topic whose stamps were replaced so far."""
        return tuple(self._notes.values())

    def note(self, topic: str) -> str:
        """Return the line about a topic, '' where its own stamps were taken."""
        return self._notes.get(topic, '')

    def resolve(self, topic: str, own_ns: int, time_ns: int) -> int:
        """Return the stamp of a message.

        Args:
            topic: of the message.
            own_ns: stamp in its header.
            time_ns: when it was recorded.
        """
        if not 0 < own_ns <= LATEST_NS:
            what = 'of 0' if own_ns == 0 else f'out of range ({own_ns / NS_PER_S:.9g} s)'
        elif self._is_frozen(topic):
            what = f'that are all alike ({own_ns / NS_PER_S:.9f} s)'
        else:
            return own_ns
        self._notes.setdefault(
            topic, f'{topic}: messages with stamps {what}: their time of recording is taken'
        )
        return time_ns

    def _is_frozen(self, topic: str) -> bool:
        """Whether the first messages, recorded one after the other, have one and the same stamp."""
        if topic not in self._frozen:
            self._frozen[topic] = False  # while they are looked at
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
