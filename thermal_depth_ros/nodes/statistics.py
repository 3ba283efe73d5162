# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thread-safe counters, rates and percentiles."""

import collections
import dataclasses
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

MOST_COUNTERS = 64
OTHER = 'other reasons'


class Counters:
    """Named counts that only grow; beyond MOST_COUNTERS names, the rest is counted together."""

    def __init__(self) -> None:
        self._counts: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()

    def add(self, name: str) -> int:
        """Count one more and return the new count."""
        with self._lock:
            if name not in self._counts and len(self._counts) >= MOST_COUNTERS:
                name = OTHER
            self._counts[name] += 1
            return self._counts[name]

    def snapshot(self) -> dict[str, int]:
        """Return all counts, in order of first appearance."""
        with self._lock:
            return dict(self._counts)


class Rate:
    """Events per second over a sliding window."""

    def __init__(self, window_s: float = 5.0, now: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._now = now
        self._start = now()
        self._times: collections.deque[float] = collections.deque(maxlen=10_000)

    def tick(self) -> None:
        """Count an event."""
        self._times.append(self._now())

    def hz(self) -> float:
        """Return the rate over the window, or over the time since the start while shorter."""
        now = self._now()
        span = min(self._window_s, now - self._start)
        recent = sum(1 for t in tuple(self._times) if now - t <= span)
        return recent / span if span > 0 else 0.0


@dataclasses.dataclass(frozen=True)
class Percentiles:
    """Summary of a window of values."""

    p50: float
    p95: float
    p99: float
    count: int


class Window:
    """The last values of a quantity."""

    def __init__(self, length: int = 600) -> None:
        self._values: collections.deque[float] = collections.deque(maxlen=length)

    def add(self, value: float) -> None:
        """Append a value; the oldest falls out of a full window."""
        self._values.append(value)

    def clear(self) -> None:
        """Clear the window, as after a time jump."""
        self._values.clear()

    def percentiles(self) -> Percentiles | None:
        """Return the percentiles, or None while nothing was added."""
        values = tuple(self._values)
        if not values:
            return None
        p50, p95, p99 = np.percentile(values, (50, 95, 99))
        return Percentiles(float(p50), float(p95), float(p99), len(values))


def counted(reasons: Mapping[str, int]) -> str:
    """Return reasons with their counts, the most frequent first."""
    ordered = sorted(reasons.items(), key=lambda item: -item[1])
    return ', '.join(f'{count} {reason}' for reason, count in ordered)


def resident_mib() -> float:
    """Return the resident memory of this process in MiB (Linux; NaN where it cannot be read)."""
    try:
        with open('/proc/self/status', encoding='ascii') as status:
            for line in status:
                if line.startswith('VmRSS:'):
                    return int(line.split()[1]) / 1024.0
    except OSError:
        pass
    return float('nan')
