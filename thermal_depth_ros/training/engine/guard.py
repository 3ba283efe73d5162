# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Detects losses that are not finite or explode."""

import math
import statistics
from collections import deque
from collections.abc import Mapping

from thermal_depth_ros.training.engine.task import TOTAL

WINDOW = 100


class LossGuard:
    """Compares the total loss with the running median of its last values."""

    def __init__(self, factor: float, warmup_steps: int) -> None:
        """Make a guard.

        Args:
            factor: Ratio of the total loss to the median above which it has exploded; 0 checks only
                that losses are finite.
            warmup_steps: Number of values before the comparison with their median starts.
        """
        self._factor, self._warmup = factor, warmup_steps
        self.start_stage()

    def start_stage(self) -> None:
        """Reset for another stage, whose losses differ."""
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._seen = 0

    def problem(self, losses: Mapping[str, float]) -> str | None:
        """Add the losses of a step; return what is wrong with them, or None."""
        bad = [f'{name} is {value}' for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            return ', '.join(bad)
        total = losses[TOTAL]
        if self._factor and self._seen >= self._warmup:
            median = statistics.median(self._recent)
            if median > 0.0 and total > self._factor * median:
                return (
                    f'{TOTAL} is {total:.6g}, {total / median:.3g} times its running median '
                    f'{median:.6g} (divergence_factor {self._factor:g})'
                )
        self._recent.append(total)
        self._seen += 1
        return None

    def state(self) -> dict[str, object]:
        """Return the state for a checkpoint."""
        return {'recent': list(self._recent), 'seen': self._seen}

    def load_state(self, state: Mapping[str, object]) -> None:
        """Restore the result of state()."""
        recent, seen = state['recent'], state['seen']
        assert isinstance(recent, list) and isinstance(seen, int), 'as state() makes them'
        self._recent = deque(recent, maxlen=WINDOW)
        self._seen = seen
