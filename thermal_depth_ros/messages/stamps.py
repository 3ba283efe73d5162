# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps as integer nanoseconds: exact and ordered, independent of clocks."""

from typing import Any

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.types import MessageTypes

NS_PER_S = 1_000_000_000
_LATEST_S = 2**31 - 1
LATEST_NS = _LATEST_S * NS_PER_S  # latest time of a message


def time_ns(time: Any) -> int:
    """Return a builtin_interfaces/Time (or Duration) in nanoseconds."""
    return int(time.sec) * NS_PER_S + int(time.nanosec)


def stamp_ns(header: Any) -> int:
    """Return the stamp of a std_msgs/Header in nanoseconds."""
    return time_ns(header.stamp)


def span_text(first_ns: int, last_ns: int) -> str:
    """Describe a time span, for messages about spans that do not overlap."""
    return f'{first_ns / NS_PER_S:.3f} s to {last_ns / NS_PER_S:.3f} s'


def split_time(nanoseconds: int) -> tuple[int, int]:
    """Return seconds and nanoseconds, as in builtin_interfaces/Time.

    Raises:
        MessageError: The time is negative or too late for the message.
    """
    seconds, rest = divmod(nanoseconds, NS_PER_S)
    if not 0 <= seconds <= _LATEST_S:
        raise MessageError('stamp', nanoseconds, f'not between 0 and {_LATEST_S} s')
    return seconds, rest


def time_message(types: MessageTypes, nanoseconds: int) -> Any:
    """Build a builtin_interfaces/Time.

    Raises:
        MessageError: The time is negative or too late for the message.
    """
    seconds, rest = split_time(nanoseconds)
    return types.Time(sec=seconds, nanosec=rest)


def header_message(types: MessageTypes, nanoseconds: int, frame_id: str) -> Any:
    """Build a std_msgs/Header."""
    return types.Header(stamp=time_message(types, nanoseconds), frame_id=frame_id)


def clock_message(types: MessageTypes, nanoseconds: int) -> Any:
    """Build a rosgraph_msgs/Clock."""
    return types.Clock(clock=time_message(types, nanoseconds))
