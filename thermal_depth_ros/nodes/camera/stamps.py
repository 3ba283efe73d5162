# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks the order of the stamps of a stream."""

import enum


class StampVerdict(enum.Enum):
    """Verdict on a frame by its stamp."""

    IN_ORDER = 'in order'
    ZERO = 'zero stamp'
    REPEATED = 'repeated stamp'
    LATE = 'older stamp than the frame before'
    TIME_JUMP = 'time went back'

    @property
    def usable(self) -> bool:
        """Whether the frame is processed."""
        return self in (StampVerdict.IN_ORDER, StampVerdict.TIME_JUMP)


class StampOrder:
    """Distinguishes a late frame from a time jump, as when a recording restarts.

    One frame from the past is late and is dropped: using it would tear the motion estimate. Two
    in a row, in order among themselves, mean that time itself has gone back: the second is used,
    after everything that remembers earlier frames was reset. A stamp of zero cannot be ordered
    and is dropped.
    """

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._late_ns: int | None = None

    def reset(self) -> None:
        """Accept any next stamp as the start."""
        self._last_ns = self._late_ns = None

    @property
    def last_ns(self) -> int | None:
        """Stamp of the last usable frame."""
        return self._last_ns

    def judge(self, stamp_ns: int) -> StampVerdict:
        """Check the next stamp and store it."""
        if stamp_ns == 0:
            return StampVerdict.ZERO
        if self._last_ns is None or stamp_ns > self._last_ns:
            return self._use(stamp_ns, StampVerdict.IN_ORDER)
        if stamp_ns == self._last_ns:
            return StampVerdict.REPEATED
        if self._late_ns is None or stamp_ns < self._late_ns:
            self._late_ns = stamp_ns
            return StampVerdict.LATE
        if stamp_ns == self._late_ns:
            return StampVerdict.REPEATED
        return self._use(stamp_ns, StampVerdict.TIME_JUMP)

    def _use(self, stamp_ns: int, verdict: StampVerdict) -> StampVerdict:
        self._last_ns, self._late_ns = stamp_ns, None
        return verdict
