# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses and metrics of a run: checked, averaged and recorded."""

from collections.abc import Mapping
from typing import Any

from thermal_depth_ros.training.engine.cadence import Cadence
from thermal_depth_ros.training.engine.guard import LossGuard
from thermal_depth_ros.training.engine.history import with_current_losses
from thermal_depth_ros.training.engine.readout import Reading
from thermal_depth_ros.training.engine.records import Records
from thermal_depth_ros.training.engine.task import StepResult
from thermal_depth_ros.training.engine.watch import Meter, Watch


class RunningMeans:
    """Sums in step order, so that the same steps always give the same means."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, losses: Mapping[str, float]) -> None:
        """Add the losses of a step."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1

    def take(self) -> dict[str, float]:
        """Return the means and reset; {} if nothing was added."""
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {'sums': dict(self._sums), 'count': self._count}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of state()."""
        self._sums, self._count = with_current_losses(state['sums']), int(state['count'])


class Ledger:
    """Collects losses and metrics; the main process records and shows them."""

    def __init__(
        self, cadence: Cadence, meter: Meter, watch: Watch, records: Records | None
    ) -> None:
        """Open the ledger.

        Args:
            cadence: Intervals of logging, validation and checkpoints.
            meter: Meter of the run time.
            watch: Progress callbacks.
            records: Log files; None except in the main process.
        """
        run = cadence.run
        self._cadence, self.meter = cadence, meter
        self._watch, self._records = watch, records
        self._guard = LossGuard(run.divergence_factor, run.divergence_warmup_steps)
        self._means = RunningMeans()
        self.metrics: dict[str, float] = {}
        self._measured_at = -1

    def start_stage(self) -> None:
        """Reset what is valid only within a stage."""
        self._guard.start_stage()

    def losses(self, reading: Reading, stage: int) -> str | None:
        """Add the losses of a step; return what is wrong with them, or None.

        Raises:
            TrainingError: They cannot be recorded.
        """
        problem = self._guard.problem(reading.losses)
        if problem:
            return problem
        self._means.add(reading.losses)
        now = self.meter.progress(reading.step, stage, reading.losses)
        self._watch.progress(now)
        if self._cadence.record(reading.step, stage):
            means = self._means.take()
            if self._records is not None:
                self._records.losses(reading.step, self._epoch(reading.step), now.stage, means)
                self._records.speed(reading.step, now.samples_per_s)
        return None

    def validation(self, step: int, stage: int, metrics: Mapping[str, float]) -> None:
        """Add the metrics of a validation.

        Raises:
            TrainingError: It cannot be recorded.
        """
        self._measured_at = step
        self.meter.restart_window()
        if not metrics:
            return
        self.metrics = dict(metrics)
        self._watch.validated(step, metrics)
        if self._records is not None:
            name = self._cadence.order.stages[stage].name
            self._records.validation(step, self._epoch(step), name, metrics)

    def was_measured(self, step: int) -> bool:
        """Whether a validation took place after a step."""
        return self._measured_at == step

    def show(self, step: int, result: StepResult) -> None:
        """Record the pictures of a step, if due."""
        if self._records is not None and self._cadence.pictures(step):
            self._records.pictures(step, result.pictures())

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint; main process only."""
        assert self._records is not None, 'the main process has records'
        return {
            'metrics': dict(self.metrics),
            'measured_at': self._measured_at,
            'means': self._means.state(),
            'guard': self._guard.state(),
            'history': self._records.position(),
            'seconds': self.meter.elapsed_s,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of state()."""
        self.metrics, self._measured_at = dict(state['metrics']), int(state['measured_at'])
        self._means.load_state(state['means'])
        self._guard.load_state(state['guard'])

    def close(self) -> None:
        """Close the records."""
        if self._records is not None:
            self._records.close()

    def _epoch(self, step: int) -> int:
        """Return the epoch of a step, counted over all stages from 0."""
        return (step - 1) // self._cadence.order.steps_per_epoch
