# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Schedule of the messages of a replay; arithmetic on nanoseconds only."""

import dataclasses
from collections.abc import Sequence

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.settings import setting
from thermal_depth_ros.messages.stamps import NS_PER_S

_DAY_S = 86400.0


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


def aligned_offsets(starts_ns: Sequence[int]) -> list[int]:
    """Return the offset for each recording that aligns its start with the first recording."""
    return [starts_ns[0] - start for start in starts_ns]


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
