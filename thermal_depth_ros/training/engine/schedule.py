# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""When a run logs, validates, saves and ends: by the number of steps, and by the clock."""

import dataclasses
import time
from collections import deque
from collections.abc import Mapping

from thermal_depth_ros.training.engine.callbacks import Progress
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.sampler import BatchSampler

_WINDOW = 50  # steps over which the speed is measured


@dataclasses.dataclass(frozen=True)
class Schedule:
    """Actions due after a step. Steps count from 1 over all stages; stages from 0."""

    run: RunConfig
    sampler: BatchSampler

    @property
    def end(self) -> int:
        """The last step of the run."""
        return min(self.run.max_steps or self.sampler.total_steps, self.sampler.total_steps)

    @property
    def validates(self) -> bool:
        """Whether the run is validated at all."""
        return bool(self.run.validate_every_steps or self.run.validate_every_epochs)

    def ends_epoch(self, step: int) -> bool:
        """Whether it is the last step of an epoch."""
        return step % self.sampler.steps_per_epoch == 0

    def ends_stage(self, step: int, stage: int) -> bool:
        """Whether it is the last step of its stage."""
        return step == self.sampler.first_step(stage + 1)

    def log(self, step: int, stage: int) -> bool:
        """Whether mean losses are logged; always at the end of a stage."""
        return step % self.run.log_every_steps == 0 or self.ends_stage(step, stage)

    def checkpoint(self, step: int) -> bool:
        """Whether a checkpoint is written, in addition to those at the ends of stages."""
        every = self.run.checkpoint_every_steps
        return bool(every) and step % every == 0

    def pictures(self, step: int) -> bool:
        """Whether pictures are recorded."""
        every = self.run.pictures_every_steps
        return bool(every) and (step == 1 or step % every == 0)

    def validation(self, step: int, stage: int) -> bool:
        """Whether the networks are validated."""
        if self.run.validate_every_steps:
            return step % self.run.validate_every_steps == 0
        if not self.run.validate_every_epochs or not self.ends_epoch(step):
            return False
        epochs = (step - self.sampler.first_step(stage)) // self.sampler.steps_per_epoch
        return epochs % self.run.validate_every_epochs == 0 or self.ends_stage(step, stage)


class RunTimer:
    """Measures the run time over all sessions and estimates the remaining time."""

    def __init__(self, schedule: Schedule, earlier_s: float) -> None:
        """Start the clock of this session; earlier sessions took `earlier_s`."""
        self._sampler, self._end_step = schedule.sampler, schedule.end
        self._max_s = 60.0 * schedule.run.max_minutes
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
        """Whether max_minutes is reached."""
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
        stages, epoch_steps = self._sampler.stages, self._sampler.steps_per_epoch
        within = step - 1 - self._sampler.first_step(stage_index)
        return Progress(
            stage=stages[stage_index].name,
            stage_number=stage_index + 1,
            stages=len(stages),
            epoch=within // epoch_steps + 1,
            epochs=stages[stage_index].epochs,
            epoch_step=within % epoch_steps + 1,
            epoch_steps=epoch_steps,
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
            self._rate = (last - first) * self._sampler.batch_size / (end - start)
        return self._rate

    def _eta_s(self, step: int, now: float, first_step: int) -> float:
        """Estimate from the whole session, so that validations and checkpoints count."""
        if step == first_step:
            return float('nan')
        eta_s = (self._end_step - step) * (now - self._start_of_steps) / (step - first_step)
        return min(eta_s, max(0.0, self._max_s - self.elapsed_s)) if self._max_s else eta_s
