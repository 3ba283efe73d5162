# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings laid side by side for a replay, each with a shift in time."""

import dataclasses
import heapq
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from thermal_depth_ros.bags.definitions import typestore_of
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.schedule import aligned_offsets
from thermal_depth_ros.bags.storage import Buffer, Channel
from thermal_depth_ros.base.contract import TF_MESSAGE
from thermal_depth_ros.messages.bag_types import bag_typestore
from thermal_depth_ros.messages.stamps import NS_PER_S

_HEADER = 'std_msgs/msg/Header'
_LATEST_NS = (2**31 - 1) * NS_PER_S


@dataclasses.dataclass(frozen=True)
class Track:
    """One recording and what is added to its times."""

    recording: Recording
    offset_ns: int = 0

    @property
    def start_ns(self) -> int:
        """Shifted time of its first message."""
        return self.recording.start_ns + self.offset_ns

    @property
    def end_ns(self) -> int:
        """Shifted time of its last message."""
        return self.recording.end_ns + self.offset_ns


@dataclasses.dataclass(frozen=True)
class Moment:
    """A record, when it is due, and the shift of the stamps inside it."""

    time_ns: int
    record: Record
    offset_ns: int

    def cdr(self) -> bytes:
        """Return the serialised message with shifted stamps.

        Raises:
            BagError: The message is damaged, or of a ROS 1 type that ROS 2 does not have.
        """
        data = self.record.cdr()
        if self.offset_ns:
            data = shift_stamps(self.record.channel, data, self.offset_ns)
        return bytes(data)


def make_tracks(recordings: Sequence[Recording], align: bool) -> list[Track]:
    """Lay recordings side by side: as they were taken, or all starting together."""
    starts = [recording.start_ns for recording in recordings]
    offsets = aligned_offsets(starts) if align else [0] * len(starts)
    return [Track(*pair) for pair in zip(recordings, offsets, strict=True)]


def moments(tracks: Sequence[Track], topics: Collection[str] | None = None) -> Iterator[Moment]:
    """Yield the messages of all tracks in order of their shifted times."""
    return heapq.merge(
        *(_track_moments(track, topics) for track in tracks), key=lambda moment: moment.time_ns
    )


def _track_moments(track: Track, topics: Collection[str] | None) -> Iterator[Moment]:
    known = track.recording.topics
    wanted = None if topics is None else [topic for topic in topics if topic in known]
    for record in track.recording.read(wanted):
        yield Moment(record.time_ns + track.offset_ns, record, track.offset_ns)


def shift_stamps(channel: Channel, data: Buffer, offset_ns: int) -> Buffer:
    """Return a serialised message with its header stamp moved; transforms have one each.

    A stamp of zero says that there is none and stays.
    """
    if channel.type == TF_MESSAGE:
        return _shift_transforms(data, offset_ns)
    fields = typestore_of(channel).fielddefs[channel.type][1]
    if not fields or fields[0][1][1] != _HEADER or len(data) < 12:
        return data
    # The header comes first and its stamp first in it: 4 bytes of encapsulation, then s and ns.
    layout = struct.Struct('<iI' if data[1] & 1 else '>iI')
    seconds, nanoseconds = layout.unpack_from(data, 4)
    shifted = bytearray(data)
    layout.pack_into(shifted, 4, *_moved(seconds, nanoseconds, offset_ns))
    return bytes(shifted)


def _shift_transforms(data: Buffer, offset_ns: int) -> Buffer:
    store = bag_typestore()
    message: Any = store.deserialize_cdr(data, TF_MESSAGE)
    for transform in message.transforms:
        stamp = transform.header.stamp
        stamp.sec, stamp.nanosec = _moved(stamp.sec, stamp.nanosec, offset_ns)
    return store.serialize_cdr(message, TF_MESSAGE)


def _moved(seconds: int, nanoseconds: int, offset_ns: int) -> tuple[int, int]:
    if seconds == 0 and nanoseconds == 0:
        return 0, 0
    total = seconds * NS_PER_S + nanoseconds + offset_ns
    return divmod(min(max(total, 0), _LATEST_NS), NS_PER_S)
