# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Common interface of all storage formats: channels, counts, and records in order of time."""

import abc
import dataclasses
import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from thermal_depth_ros.base.yaml_text import Limits, YamlError, parse_yaml

Buffer = bytes | memoryview
# Of QoS profiles: a publisher takes about 400 bytes and 40 values.
_QOS_LIMITS = Limits(n_bytes=64 << 10, n_values=10_000)


@dataclasses.dataclass(frozen=True)
class Definition:
    """Definition of a message type, as stored in the recording."""

    format: str = ''  # 'ros2msg', 'ros2idl', 'ros1msg', or '' where there is none
    text: str = ''


@dataclasses.dataclass(frozen=True)
class Channel:
    """One stream of messages inside one file."""

    id: int
    topic: str  # absolute
    type: str  # 'package/msg/Name' also for ROS 1
    encoding: str  # 'cdr', 'ros1', or something that cannot be read
    definition: Definition
    latched: bool = False
    qos_problem: str = ''  # why its QoS is unknown


@dataclasses.dataclass(frozen=True)
class RawRecord:
    """One serialised message."""

    time_ns: int
    channel: Channel
    data: Buffer


class Cursor(Protocol):
    """A source of records in order of time; records are fetched lazily."""

    @property
    def time_ns(self) -> int | None:
        """Time of the next record, None at the end."""

    def take(self) -> RawRecord | None:
        """Return the next record; None if it is lost."""


# Lower bound of its times, and a function that opens it.
Source = tuple[int, Callable[[], Cursor]]


class Storage(abc.ABC):
    """One open file of a recording.

    Attributes:
        channels: Channels by their ids.
        counts: Number of messages by channel.
        start_ns: Time of the first message.
        end_ns: Time of the last message.
        problems: Damaged or missing data; complete once everything has been read.
        notes: Notes on the interpretation.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.channels: dict[int, Channel] = {}
        self.counts: dict[int, int] = {}
        self.start_ns = self.end_ns = 0
        self.problems: list[str] = []
        self.notes: list[str] = []

    @abc.abstractmethod
    def sources(self, channels: Collection[int]) -> list[Source]:
        """Return the sources of the records of some channels, skipping damaged data."""

    @abc.abstractmethod
    def close(self) -> None:
        """Release the file."""

    def _define(self, channel: Channel, count: int = 0) -> None:
        self.channels[channel.id] = channel
        self.counts.setdefault(channel.id, count)

    def _note(self, problem: str) -> None:
        """Add a problem of the file, unless it is there."""
        text = f'{self._path.name}: {problem}'
        if text not in self.problems:
            self.problems.append(text)


class SequentialStorage(Storage):
    """A file whose records are read one after the other."""

    @abc.abstractmethod
    def records(self, channels: Collection[int]) -> Iterator[RawRecord]:
        """Yield the records of some channels in order of time, skipping damaged data."""

    def sources(self, channels: Collection[int]) -> list[Source]:
        """Return the one source of the records of some channels."""
        return [(self.start_ns, lambda: IteratedCursor(self.records(channels)))]


def absolute_topic(name: str) -> str:
    """Return a topic name with one leading slash and no empty parts."""
    return '/' + '/'.join(part for part in name.split('/') if part)


def read_latched(profiles: Any) -> tuple[bool, str]:
    """Return whether QoS profiles, as YAML or parsed, offer transient local durability.

    Returns:
        Whether they do, and why it is unknown or ''.
    """
    if isinstance(profiles, str):
        try:
            profiles = parse_yaml(profiles, _QOS_LIMITS)
        except YamlError as error:
            return False, f'its QoS profiles cannot be read ({error}): taken as volatile'
    if not isinstance(profiles, list):
        return False, ''
    values = [entry.get('durability') for entry in profiles if isinstance(entry, dict)]
    return any(value == 1 or value in ('1', 'transient_local') for value in values), ''


class IteratedCursor:
    """A cursor over sequentially read records."""

    def __init__(self, records: Iterator[RawRecord]) -> None:
        self._records = records
        self._next = next(records, None)

    @property
    def time_ns(self) -> int | None:
        """Time of the next record, None at the end."""
        return None if self._next is None else self._next.time_ns

    def take(self) -> RawRecord | None:
        """Return the next record."""
        record, self._next = self._next, None
        self._next = next(self._records, None)
        return record


def merge_by_time(sources: Sequence[Source]) -> Iterator[RawRecord]:
    """Merge sources that are each in order of time; ties go to the earlier source.

    A source is opened only when the merge gets there, so that memory holds the sources that
    overlap and no others.
    """
    heap = [(start_ns, index) for index, (start_ns, _) in enumerate(sources)]
    heapq.heapify(heap)
    opened: dict[int, Cursor] = {}
    while heap:
        _, index = heapq.heappop(heap)
        if index not in opened:
            opened[index] = sources[index][1]()
        elif (record := opened[index].take()) is not None:
            yield record
        following = opened[index].time_ns
        if following is None:
            del opened[index]
        else:
            heapq.heappush(heap, (following, index))
