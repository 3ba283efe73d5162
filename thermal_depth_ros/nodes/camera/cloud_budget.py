# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Decimation that keeps the data rate of clouds within a limit."""

import collections
import dataclasses
import statistics
import time
from collections.abc import Callable

from thermal_depth_ros.frames.config import MAX_DECIMATION

_LEAST_INTERVALS, _MOST_INTERVALS = 5, 30
# A lower decimation must fit with this margin, or a rate that varies would change it all the time.
_MARGIN = 0.9


@dataclasses.dataclass(frozen=True)
class Thinning:
    """Why clouds have fewer points than asked for.

    Attributes:
        asked: Decimation of the settings.
        used: Decimation of the clouds.
        needed_bytes_per_s: Data rate with the decimation that was asked for.
        limit_bytes_per_s: The limit.
        kept: Whether the limit is kept.
    """

    asked: int
    used: int
    needed_bytes_per_s: float
    limit_bytes_per_s: float
    kept: bool

    def __str__(self) -> str:
        """Return it in words."""
        needed, limit = self.needed_bytes_per_s * 1e-6, self.limit_bytes_per_s * 1e-6
        words = (
            f'{self.used} instead of {self.asked}: the clouds would need {needed:.3g} MB/s, '
            f'point_bandwidth_mb_s is {limit:g}'
        )
        return words if self.kept else f'{words} and still exceeded'


class CloudBudget:
    """Finds the decimation from the size and the rate of the last clouds; not thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._times_s: collections.deque[float] = collections.deque(maxlen=_MOST_INTERVALS + 1)
        self._size = (1, 1)  # of the depth image
        self._point_bytes = 0.0  # mean over its decimated pixels
        self._used = 1

    def sent(self, size: tuple[int, int], n_bytes: int, decimation: int) -> None:
        """Take note of a cloud.

        Args:
            size: Height and width of the depth image.
            n_bytes: Bytes of the cloud, of all points that it has.
            decimation: Its decimation.
        """
        self._times_s.append(self._now())
        self._size, self._used = size, decimation
        self._point_bytes = n_bytes / _pixels(size, decimation)

    def thinning(self, asked: int, limit_bytes_per_s: float) -> Thinning | None:
        """Return the decimation of the next cloud, or None if it is the one that was asked for.

        Args:
            asked: Decimation of the settings.
            limit_bytes_per_s: The limit; 0 for none.
        """
        rate_hz = self._rate_hz()
        if not limit_bytes_per_s or not rate_hz:
            return None

        def needed(decimation: int) -> float:
            return _pixels(self._size, decimation) * self._point_bytes * rate_hz

        used = asked
        while used < MAX_DECIMATION and needed(used) > self._allowed(used, limit_bytes_per_s):
            used += 1
        if used == asked:
            return None
        kept = needed(used) <= limit_bytes_per_s
        return Thinning(asked, used, needed(asked), limit_bytes_per_s, kept)

    def _allowed(self, decimation: int, limit_bytes_per_s: float) -> float:
        return limit_bytes_per_s * (_MARGIN if decimation < self._used else 1.0)

    def _rate_hz(self) -> float:
        """Return the rate of the last clouds, which a pause does not change; 0 if unknown."""
        times = list(self._times_s)
        intervals = [b - a for a, b in zip(times, times[1:], strict=False)]
        if len(intervals) < _LEAST_INTERVALS:
            return 0.0
        return 1.0 / max(statistics.median(intervals), 1e-6)


def _pixels(size: tuple[int, int], decimation: int) -> int:
    """Return the number of pixels of every n-th row and column."""
    height, width = size
    return -(-height // decimation) * -(-width // decimation)
