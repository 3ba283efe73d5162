# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings laid side by side for a replay, and when their messages are due."""

import dataclasses
import heapq
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from thermal_depth_ros.bags.definitions import typestore_of
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.recording import Record, Recording
from thermal_depth_ros.bags.storage import Buffer, Channel
from thermal_depth_ros.base.contract import TF_MESSAGE
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.messages.bag_types import bag_typestore
from thermal_depth_ros.messages.stamps import LATEST_NS, NS_PER_S

_DAY_S = 86400.0
_HEADER = 'std_msgs/msg/Header'


@dataclasses.dataclass(frozen=True)
class ReplayConfig:
    """User settings of a replay."""

    rate: float = setting(
        1.0,
        'Playback speed relative to the recording; 2 is twice as fast',
        minimum=1e-3,
        maximum=1e3,
    )
    loop: bool = setting(False, 'Start again at the end of the recording; time then jumps back')
    start_s: float = setting(
        0.0, 'Time to skip at the start of the recording, s', minimum=0.0, maximum=365 * _DAY_S
    )
    duration_s: float = setting(
        0.0, 'Length of the part to play, s; 0 plays to the end of the recording', minimum=0.0
    )
    clock_hz: float = setting(
        100.0, 'Rate of /clock, Hz; 0 does not publish it', minimum=0.0, maximum=1e4
    )
    wait_s: float = setting(
        0.0, 'Longest wait for a subscriber to every image topic, s', minimum=0.0, maximum=_DAY_S
    )
    nodes: tuple[str, ...] = setting(
        (),
        'Lifecycle nodes, such as /thermal, to wait for until they are active before playback '
        'starts',
    )
    nodes_wait_s: float = setting(
        120.0,
        'Longest wait for these nodes, s; playback then starts without them',
        minimum=0.0,
        maximum=_DAY_S,
    )


@dataclasses.dataclass(frozen=True)
class Window:
    """The part of the recorded time that is played, both ends included."""

    first_ns: int
    last_ns: int


def window(config: ReplayConfig, start_ns: int, end_ns: int) -> Window:
    """Return the part of a recording to play.

    Raises:
        BagError: The part starts after the end of the recording.
    """
    first = start_ns + round(config.start_s * NS_PER_S)
    last = end_ns
    if config.duration_s > 0:
        last = min(end_ns, first + round(config.duration_s * NS_PER_S))
    if first > end_ns:
        length_s = (end_ns - start_ns) / NS_PER_S
        raise BagError(
            f'start: {config.start_s:g} s is after the end of the recording ({length_s:.3f} s)'
        )
    return Window(first, last)


class Timeline:
    """Maps recorded time to a monotonic clock and back."""

    def __init__(self, rate: float, first_ns: int, now_ns: int) -> None:
        """Make the recorded time `first_ns` due at clock time `now_ns`."""
        self._rate = rate
        self._first_ns = first_ns
        self._began_ns = now_ns

    def due_ns(self, time_ns: int) -> int:
        """Return the clock time at which a recorded time is due."""
        return self._began_ns + round((time_ns - self._first_ns) / self._rate)

    def time_ns(self, now_ns: int) -> int:
        """Return the recorded time that corresponds to a clock time."""
        return self._first_ns + round((now_ns - self._began_ns) * self._rate)


class Ticks:
    """When /clock is due, in recorded time."""

    def __init__(self, config: ReplayConfig, first_ns: int) -> None:
        """Make the first tick due at `first_ns`; without a clock, no tick ever is."""
        self._step_ns = round(config.rate * NS_PER_S / config.clock_hz) if config.clock_hz else 0
        self.next_ns = first_ns if self._step_ns else 1 << 63

    def advance(self, time_ns: int) -> None:
        """Advance to the next tick after `time_ns`, skipping missed ones."""
        missed = max(0, time_ns - self.next_ns) // self._step_ns
        self.next_ns += (missed + 1) * self._step_ns


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
    first_ns = recordings[0].start_ns
    return [Track(one, first_ns - one.start_ns if align else 0) for one in recordings]


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
    return divmod(min(max(total, 0), LATEST_NS), NS_PER_S)
