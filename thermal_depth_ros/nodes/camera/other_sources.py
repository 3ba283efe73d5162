# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects other sources of the base frame. Imports no ROS.

A frame in TF has one parent and one source. Two sources of the pose of the base frame make every
lookup jump between them, without an error.
"""

import dataclasses
import threading
from collections import Counter, deque
from typing import Any

_MOST_REMEMBERED = 1000  # latest own transforms
_MOST_PARENTS = 8  # told apart

_Key = tuple[Any, ...]


@dataclasses.dataclass
class OtherSource:
    """Transforms of the base frame from other nodes."""

    parent: str
    topic: str
    static: bool
    count: int
    last_s: float  # time.monotonic of the latest


class OtherSources:
    """Distinguishes this node's own transforms of its base frame from those of others.

    A message does not say who sent it, and a second vehicle that plays the same recording sends
    equal transforms: each own one comes back once to each listener, and no more often.
    """

    def __init__(self, base_frame: str) -> None:
        self._base_frame = base_frame.lstrip('/')
        self._order: deque[_Key] = deque()
        self._sent: Counter[_Key] = Counter()
        self._heard: dict[int, Counter[_Key]] = {}
        self._found: dict[tuple[str, str], OtherSource] = {}
        self._lock = threading.Lock()

    def sent(self, stamped: Any) -> None:
        """Record a TransformStamped of this node, before it is published."""
        key = _key(stamped)
        with self._lock:
            self._order.append(key)
            self._sent[key] += 1
            if len(self._order) > _MOST_REMEMBERED:
                oldest = self._order.popleft()
                del self._sent[oldest]
                for counts in self._heard.values():
                    del counts[oldest]

    def heard(self, stamped: Any, topic: str, static: bool, listener: int, now_s: float) -> None:
        """Record a TransformStamped from TF.

        Args:
            stamped: The message.
            topic: Topic of the message.
            static: Whether that is the topic of static transforms.
            listener: Number of the subscription; several may hear the same message.
            now_s: Current time of time.monotonic.
        """
        if stamped.child_frame_id.lstrip('/') != self._base_frame:
            return
        key = _key(stamped)
        with self._lock:
            if not static and self._is_own(key, listener):
                return
            parent = stamped.header.frame_id.lstrip('/')
            if (topic, parent) not in self._found and len(self._found) >= _MOST_PARENTS:
                return
            source = self._found.setdefault(
                (topic, parent), OtherSource(parent, topic, static, 0, now_s)
            )
            source.count, source.last_s = source.count + 1, now_s

    def _is_own(self, key: _Key, listener: int) -> bool:
        counts = self._heard.setdefault(listener, Counter())
        if counts[key] >= self._sent[key]:
            return False
        counts[key] += 1
        return True

    def recent(self, now_s: float, within_s: float) -> list[OtherSource]:
        """Return the other sources: static ones, and recent moving ones."""
        with self._lock:
            return [
                dataclasses.replace(source)
                for source in self._found.values()
                if source.static or now_s - source.last_s <= within_s
            ]


def _key(stamped: Any) -> _Key:
    stamp, moved = stamped.header.stamp, stamped.transform
    shift, turn = moved.translation, moved.rotation
    return (
        stamped.header.frame_id,
        stamped.child_frame_id,
        (stamp.sec, stamp.nanosec),
        (shift.x, shift.y, shift.z),
        (turn.x, turn.y, turn.z, turn.w),
    )
