# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Clocks of a recording, and the latency from stamp to reception."""

import dataclasses

import numpy as np

SAME_CLOCK_S = 3600.0


@dataclasses.dataclass(frozen=True)
class ClockMap:
    """Maps the time of reception (wall clock) to the time of `/clock` at that moment.

    Both arrays are int64 nanoseconds, (N,), in order of reception. Between two samples the time
    is interpolated; outside it is extrapolated at the mean rate.
    """

    received_ns: np.ndarray
    clock_ns: np.ndarray

    @property
    def rate(self) -> float:
        """Seconds of `/clock` per second of reception."""
        return float(self.clock_ns[-1] - self.clock_ns[0]) / float(
            self.received_ns[-1] - self.received_ns[0]
        )

    def at(self, received_ns: np.ndarray) -> np.ndarray:
        """Return `/clock` time in nanoseconds (float64, relative to the first sample)."""
        wall = (received_ns - self.received_ns[0]).astype(np.float64)
        known_wall = (self.received_ns - self.received_ns[0]).astype(np.float64)
        known = (self.clock_ns - self.clock_ns[0]).astype(np.float64)
        inside = np.interp(wall, known_wall, known)
        before = wall * self.rate
        after = known[-1] + (wall - known_wall[-1]) * self.rate
        return np.where(wall < 0, before, np.where(wall > known_wall[-1], after, inside))


def clock_map(received_ns: np.ndarray, clock_ns: np.ndarray) -> ClockMap | None:
    """Return the map, or None if `/clock` stood still, ran backwards or was too short."""
    if len(received_ns) < 2 or received_ns[-1] <= received_ns[0]:
        return None
    if clock_ns[-1] <= clock_ns[0] or np.any(np.diff(clock_ns) < 0):
        return None
    return ClockMap(received_ns, clock_ns)


def latency_ms(
    stamps_ns: np.ndarray, received_ns: np.ndarray, clock: ClockMap | None
) -> np.ndarray | None:
    """Return milliseconds from stamp to reception (N,), or None if the clocks are not comparable.

    With `/clock` both times are in that clock. Without it the stamps must lie within an hour of
    the time of reception, else they belong to another clock.
    """
    if len(stamps_ns) == 0:
        return None
    if clock is not None:
        return (clock.at(received_ns) - (stamps_ns - clock.clock_ns[0])) / 1e6
    age_ms = (received_ns - stamps_ns) / 1e6
    if abs(float(np.median(age_ms))) > SAME_CLOCK_S * 1e3:
        return None
    return age_ms


@dataclasses.dataclass(frozen=True)
class Percentiles:
    """A distribution in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    maximum: float


def percentiles(values_ms: np.ndarray | None) -> Percentiles | None:
    """Summarise values; None if there are none."""
    if values_ms is None or len(values_ms) == 0:
        return None
    p50, p95, p99 = (float(v) for v in np.percentile(values_ms, (50, 95, 99)))
    return Percentiles(len(values_ms), p50, p95, p99, float(np.max(values_ms)))
