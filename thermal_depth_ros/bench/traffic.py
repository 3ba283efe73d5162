# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compare what was published with what arrived, by the stamps that both carry."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Arrivals:
    """Stamps and times of arrival of one topic, ns since the epoch."""

    stamp_ns: np.ndarray  # (N,) int64
    received_ns: np.ndarray  # (N,) int64


@dataclasses.dataclass(frozen=True)
class Delivery:
    """Statistics of one topic relative to the frames of its camera."""

    published: int
    arrived: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float

    @property
    def lost(self) -> int:
        """Frames without an answer."""
        return self.published - self.arrived


def delivery(published_ns: np.ndarray, arrivals: Arrivals) -> Delivery:
    """Count the published frames (N,) that arrived, and their stamp-to-receive latency.

    Arrivals of other stamps (frames before or after the measured ones) are left out.
    """
    ours = np.isin(arrivals.stamp_ns, published_ns)
    stamps, first = np.unique(arrivals.stamp_ns[ours], return_index=True)
    latency_ms = (arrivals.received_ns[ours][first] - stamps) * 1e-6
    if len(latency_ms):
        p50, p95, p99, worst = np.percentile(latency_ms, (50, 95, 99, 100)).tolist()
    else:
        p50 = p95 = p99 = worst = float('nan')
    return Delivery(len(published_ns), len(stamps), p50, p95, p99, worst)


def slope_per_minute(times_s: np.ndarray, values: np.ndarray) -> float:
    """Return the least-squares slope of a quantity over time (N,), per minute.

    Returns:
        NaN for fewer than two different times.
    """
    if len(np.unique(times_s)) < 2:
        return float('nan')
    return float(np.polyfit(times_s - times_s[0], values, 1)[0] * 60.0)
