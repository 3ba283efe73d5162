# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Health of a camera node: counters, rates and percentiles, safe between threads."""

import collections
import dataclasses
import threading
import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from thermal_depth_ros.frames.frame import MetricScale, OdometryResult
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.geometry.mount import MountProblem

MOST_COUNTERS = 64
LATE_CHECKS = 5  # over which acknowledgements are looked at
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


class OutputLoad:
    """Time and bytes of publishing over a sliding window, and what subscribers acknowledge."""

    def __init__(self, window_s: float = 5.0, now: Callable[[], float] = time.monotonic) -> None:
        self._window_s, self._now = window_s, now
        self._sent: collections.deque[tuple[float, float, int]] = collections.deque(maxlen=10_000)
        self._late: collections.deque[frozenset[str]] = collections.deque(maxlen=LATE_CHECKS)

    def published(self, seconds: float, n_bytes: int) -> None:
        """Add what publishing the outputs of one frame took."""
        self._sent.append((self._now(), seconds, n_bytes))

    def checked(self, late: Iterable[str]) -> None:
        """Add outputs whose last message was unacknowledged when the next one was ready."""
        self._late.append(frozenset(late))

    def share(self) -> float:
        """Return the fraction of the time that is spent on publishing."""
        return sum(seconds for seconds, _ in self._recent()) / self._window_s

    def bytes_per_s(self) -> float:
        """Return the published data rate."""
        return sum(n_bytes for _, n_bytes in self._recent()) / self._window_s

    def late(self) -> list[str]:
        """Return the outputs that were late in most of the last checks."""
        counts = collections.Counter(key for keys in tuple(self._late) for key in keys)
        return sorted(key for key, count in counts.items() if count > LATE_CHECKS / 2)

    def _recent(self) -> list[tuple[float, int]]:
        start = self._now() - self._window_s
        return [(seconds, n_bytes) for at, seconds, n_bytes in tuple(self._sent) if at > start]


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


REPLACED = 'replaced by a newer frame'
UNEXPECTED = 'unexpected error'


class Health:
    """Counters and timings of one camera, updated from executor and worker threads."""

    def __init__(self) -> None:
        self.received = Rate()
        self.published = Rate()
        self.latency_ms = Window()  # from the stamp to the last published output, node clock
        self.frame_ms = Window()  # from taking up a message to the last published output
        self.inference_ms = Window()
        self.publish_ms = Window()  # of all outputs of a frame
        self.load = OutputLoad()
        self.thinning = ''  # decimation of the clouds and its reason, if not that of the settings
        self.totals = Counters()  # frames received, published, without subscribers; time jumps
        self.drops = Counters()  # frames dropped, by reason
        self.odometry_losses = Counters()  # frames at which the odometry was lost, by kind
        self.bad_infos = Counters()  # unusable camera_info messages, by field
        self.withheld: Mapping[str, str] = {}  # output -> why it is missing for the last frame
        self.calibration = ''  # problem of the intrinsics of the last frame
        self.mount: MountProblem | None = None  # implausible mounting of the camera
        self.odometry: OdometryResult | None = None  # of the last frame
        self.scale: MetricScale | None = None  # of the last frame
        self.timings_ms: Mapping[str, float] = {}  # of the last frame
        self.last_received_s: float | None = None  # on time.monotonic
        self.last_bad_frame = ''  # what was wrong with it
        self._reported_drops: Mapping[str, int] = {}
        self._reported_replaced = 0

    def arrived(self) -> None:
        """Count a received frame."""
        self.totals.add('received')
        self.received.tick()
        self.last_received_s = time.monotonic()

    def processed(self, output: CameraOutput, mount: MountProblem | None) -> None:
        """Record the state of the last frame."""
        self.odometry, self.scale, self.timings_ms = (
            output.odometry,
            output.scale,
            output.timings_ms,
        )
        self.calibration, self.withheld = output.plan.calibration_problem, output.plan.withheld
        self.mount = mount
        if output.odometry is not None and output.odometry.state == 'lost':
            self.odometry_losses.add(output.odometry.loss_kind)

    def delivered(self, latency_ms: float, frame_ms: float, inference_ms: float) -> None:
        """Count a frame whose outputs were published."""
        self.totals.add('published')
        self.published.tick()
        self.latency_ms.add(latency_ms)
        self.frame_ms.add(frame_ms)
        self.inference_ms.add(inference_ms)

    def dropped(self, reason: str, text: str) -> None:
        """Count a dropped frame by kind of reason, and record the details."""
        self.drops.add(reason)
        self.last_bad_frame = text

    def sent(self, seconds: float, n_bytes: int) -> None:
        """Record what publishing the outputs of one frame took."""
        self.publish_ms.add(seconds * 1e3)
        self.load.published(seconds, n_bytes)

    def new_replaced(self) -> int:
        """Return the frames that were replaced by newer ones since the last call."""
        count, before = self.drops.snapshot().get(REPLACED, 0), self._reported_replaced
        self._reported_replaced = count
        return count - before

    def idle(self) -> None:
        """Reset the state of the last frame, which has no outputs."""
        self.odometry, self.withheld, self.timings_ms = None, {}, {}

    def new_bad_frames(self) -> dict[str, int]:
        """Return frames dropped since the last call, by reason, except replaced ones.

        Replacing a waiting frame by a newer one is normal operation.
        """
        drops, before = self.drops.snapshot(), self._reported_drops
        self._reported_drops = drops
        new = {reason: count - before.get(reason, 0) for reason, count in drops.items()}
        return {reason: count for reason, count in new.items() if count and reason != REPLACED}
