# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Progress callbacks and stop requests of a run."""

import contextlib
import dataclasses
import time
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from thermal_depth_ros.training.engine.order import Order
from thermal_depth_ros.training.engine.task import Stage

_WINDOW = 50  # steps over which the speed is measured


@dataclasses.dataclass(frozen=True)
class Progress:
    """Progress of a run after a step. Counts begin at 1; times in seconds."""

    stage: str
    stage_number: int
    stages: int
    epoch: int
    epochs: int
    epoch_step: int
    epoch_steps: int
    step: int
    total_steps: int
    losses: Mapping[str, float]
    samples_per_s: float
    elapsed_s: float
    eta_s: float


class Watch:
    """Progress callbacks, called in the main process only; the default does nothing."""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Report the preparation of the data, before the run starts."""

    def state(self, text: str) -> None:
        """Report the state: starting, training, validating, saving, exporting ..."""

    def progress(self, now: Progress) -> None:
        """Report the progress after a step."""

    def validated(self, step: int, metrics: Mapping[str, float]) -> None:
        """Report the metrics of a validation."""

    def note(self, text: str) -> None:
        """Report a message for the user."""


class Stop(Protocol):
    """Source of stop requests."""

    @property
    def asked(self) -> bool:
        """Whether to stop after the current step."""

    def interrupting(self) -> contextlib.AbstractContextManager[None]:
        """Make a stop request raise KeyboardInterrupt within the context."""


class NeverStop:
    """Never requests a stop."""

    asked = False

    def interrupting(self) -> contextlib.AbstractContextManager[None]:
        """Do nothing."""
        return contextlib.nullcontext()


class Meter:
    """Measures the run time over all sessions and estimates the remaining time."""

    def __init__(self, order: Order, end_step: int, max_seconds: float, earlier_s: float) -> None:
        """Start the clock of this session.

        Args:
            order: Sample order of the run.
            end_step: Last step of the run.
            max_seconds: Longest run time, s; 0 for no limit.
            earlier_s: Run time of earlier sessions.
        """
        self._order, self._end_step, self._max_s = order, end_step, max_seconds
        self._earlier_s = earlier_s
        self._start = time.monotonic()
        self._first_step: int | None = None
        self._marks: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self._rate = 0.0

    @property
    def elapsed_s(self) -> float:
        """Run time of all sessions."""
        return self._earlier_s + time.monotonic() - self._start

    @property
    def time_is_up(self) -> bool:
        """Whether the limit is reached."""
        return bool(self._max_s) and self.elapsed_s >= self._max_s

    def restart_window(self) -> None:
        """Exclude the time between two steps, such as a validation, from the speed."""
        self._marks.clear()

    def progress(self, step: int, stage_index: int, losses: Mapping[str, float]) -> Progress:
        """Record a completed step and return the progress."""
        now = time.monotonic()
        self._marks.append((now, step))
        if self._first_step is None:
            self._first_step, self._start_of_steps = step, now
        stages: tuple[Stage, ...] = self._order.stages
        within = step - 1 - self._order.first_step(stage_index)
        return Progress(
            stage=stages[stage_index].name,
            stage_number=stage_index + 1,
            stages=len(stages),
            epoch=within // self._order.steps_per_epoch + 1,
            epochs=stages[stage_index].epochs,
            epoch_step=within % self._order.steps_per_epoch + 1,
            epoch_steps=self._order.steps_per_epoch,
            step=step,
            total_steps=self._end_step,
            losses=losses,
            samples_per_s=self._samples_per_s(),
            elapsed_s=self.elapsed_s,
            eta_s=self._eta_s(step, now, self._first_step),
        )

    def _samples_per_s(self) -> float:
        (start, first), (end, last) = self._marks[0], self._marks[-1]
        if end > start:
            self._rate = (last - first) * self._order.batch_size / (end - start)
        return self._rate

    def _eta_s(self, step: int, now: float, first_step: int) -> float:
        """Estimate from the whole session, so that validations and checkpoints count."""
        if step == first_step:
            return float('nan')
        eta_s = (self._end_step - step) * (now - self._start_of_steps) / (step - first_step)
        return min(eta_s, max(0.0, self._max_s - self.elapsed_s)) if self._max_s else eta_s
