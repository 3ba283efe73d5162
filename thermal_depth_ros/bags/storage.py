# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What every storage format gives: channels, counts, and records in order of time."""

import dataclasses
import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

Buffer = bytes | memoryview


@dataclasses.dataclass(frozen=True)
class Definition:
    """Text that defines a message type, as stored in the recording."""

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
    qos_problem: str = ''  # why its quality of service is not known


@dataclasses.dataclass(frozen=True)
class RawRecord:
    """One serialised message."""

    time_ns: int
    channel: Channel
    data: Buffer


class Storage(Protocol):
    """One open file of a recording."""

    channels: dict[int, Channel]
    counts: dict[int, int]
    start_ns: int
    end_ns: int
    problems: list[str]  # what is damaged or missing, complete once everything has been read
    notes: list[str]  # how it is read, where that is not plain

    def records(self, channels: Collection[int]) -> Iterator[RawRecord]:
        """Give the records of some channels in order of time, skipping what is damaged."""
        ...

    def close(self) -> None:
        """Release the file."""
        ...


def absolute_topic(name: str) -> str:
    """Return a topic name with one leading slash and no empty parts."""
    return '/' + '/'.join(part for part in name.split('/') if part)


def merge_by_time(
    sources: Sequence[tuple[int, Callable[[], Iterator[RawRecord]]]],
) -> Iterator[RawRecord]:
    """Merge sources that are each in order of time; ties go to the earlier source.

    A source is a lower bound of its times and a function that opens it. It is opened only when
    the merge gets there, so that memory holds the sources that overlap and no others.
    """
    heap: list[tuple[int, int, RawRecord | None]] = [
        (start_ns, index, None) for index, (start_ns, _) in enumerate(sources)
    ]
    heapq.heapify(heap)
    opened: dict[int, Iterator[RawRecord]] = {}
    while heap:
        _, index, record = heapq.heappop(heap)
        if record is None:
            opened[index] = sources[index][1]()
        else:
            yield record
        following = next(opened[index], None)
        if following is None:
            del opened[index]
        else:
            heapq.heappush(heap, (following.time_ns, index, following))
