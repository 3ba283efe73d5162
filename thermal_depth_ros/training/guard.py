# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Notices losses that are not finite or explode."""

import math
import statistics
from collections import deque
from collections.abc import Mapping

from thermal_depth_ros.training.task import TOTAL

WINDOW = 100


class LossGuard:
    """Compares the total loss with the running median of its last values."""

    def __init__(self, factor: float, warmup_steps: int) -> None:
        """Make a guard.

        Args:
            factor: A total of more than so many times the median has exploded; 0 checks only that
                losses are finite.
            warmup_steps: Values needed before anything is compared with their median.
        """
        self._factor, self._warmup = factor, warmup_steps
        self.start_stage()

    def start_stage(self) -> None:
        """Forget everything: another stage has other losses."""
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._seen = 0

    def problem(self, losses: Mapping[str, float]) -> str | None:
        """Take in the losses of a step; say what is wrong with them, or None."""
        bad = [f'{name} is {value}' for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            return ', '.join(bad)
        total = losses[TOTAL]
        if self._factor and self._seen >= self._warmup:
            median = statistics.median(self._recent)
            if median > 0.0 and total > self._factor * median:
                return (
                    f'{TOTAL} is {total:.6g}, {total / median:.3g} times its running median '
                    f'{median:.6g} (explode_factor {self._factor:g})'
                )
        self._recent.append(total)
        self._seen += 1
        return None

    def state(self) -> dict[str, object]:
        """Return what a checkpoint keeps."""
        return {'recent': list(self._recent), 'seen': self._seen}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Go on with what state() returned."""
        recent, seen = state['recent'], state['seen']
        assert isinstance(recent, list) and isinstance(seen, int), 'as state() makes them'
        self._recent = deque(recent, maxlen=WINDOW)
        self._seen = seen
