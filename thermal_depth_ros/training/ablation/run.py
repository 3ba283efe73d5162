# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the rows of an ablation one after the other, each in its own folder."""

import dataclasses
import gc
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.training.ablation.rows import Ablation, Row
from thermal_depth_ros.training.engine.accelerator import check_machine
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.loop import Outcome, train
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.engine.run_identity import flat_settings
from thermal_depth_ros.training.registry import TaskKind, run_config

FINISHED, FAILED, LEFT_OUT, WAITING = 'finished', 'failed', 'left out', 'not finished'
ERRORS = (BagError, BundleError, SamplesError, SettingsError, TrainingError, OSError)


@dataclasses.dataclass(frozen=True)
class RowResult:
    """Result of a row.

    Attributes:
        row: Row of the table.
        state: FINISHED, FAILED, LEFT_OUT or WAITING.
        folder: Output folder of the training of this row.
        metrics: Metrics of the last validation.
        steps: Number of completed training steps.
        reason: Why it has no metrics.
    """

    row: Row
    state: str
    folder: Path
    metrics: Mapping[str, float] = dataclasses.field(default_factory=dict)
    steps: int = 0
    reason: str = ''


class InterruptedRowError(Exception):
    """Stopped on request; the row resumes from its checkpoint the next time."""


def decided_settings(ablation: Ablation) -> frozenset[str]:
    """Return the names of the settings that the user cannot choose."""
    return frozenset({'output', *(name for row in ablation.rows for name in row.values)})


class AblationRun:
    """Trains rows of an ablation from one set of settings.

    A call with the same settings resumes where the last one ended: finished rows only report
    their metrics. A beginning shared by several rows is trained once.
    """

    def __init__(
        self,
        ablation: Ablation,
        kind: TaskKind,
        values: Mapping[str, Any],
        output: Path,
        callback: ProgressCallback,
        stop: StopSignal,
    ) -> None:
        """Check the settings.

        Args:
            ablation: The rows.
            kind: Training task.
            values: Settings of the user; those of the rows take precedence.
            output: Parent folder of all rows.
            callback: Progress callbacks.
            stop: StopSignal request.

        Raises:
            SettingsError: They are invalid for every row.
        """
        self._ablation, self._kind = ablation, kind
        self._output, self._callback, self._stop = output, callback, stop
        self._restart = bool(values.get('restart', False))
        decided = decided_settings(ablation) | {'restart'}
        self._values = {name: value for name, value in values.items() if name not in decided}
        self.configs = kind.build(self._values)
        run = run_config(self.configs)
        if not run.validate_every_epochs and not run.validate_every_steps:
            raise SettingsError('validate_every_epochs: 0 leaves no metrics to compare the rows')
        self._done: dict[str, RowResult] = {}

    def results(self, rows: tuple[Row, ...]) -> list[RowResult]:
        """Return the results of rows so far."""
        waiting = {row.name: RowResult(row, WAITING, self._folder(row)) for row in rows}
        return [self._done.get(row.name, waiting[row.name]) for row in rows]

    def train(self, rows: tuple[Row, ...]) -> Iterator[RowResult]:
        """Train rows; yield each when it is done.

        Raises:
            InterruptedRowError: Stopped on request.
        """
        for row in rows:
            yield self._result(row)

    def _result(self, row: Row) -> RowResult:
        if row.name not in self._done:
            self._done[row.name] = self._attempt(row)
        return self._done[row.name]

    def _attempt(self, row: Row) -> RowResult:
        """Train a row; an error is reported in its result."""
        folder = self._folder(row)
        reason = self._ablation.pointless(row, self.configs)
        if reason:
            return RowResult(row, LEFT_OUT, folder, reason=reason)
        try:
            outcome = self._train(row)
        except ERRORS as error:
            if _processes() > 1:  # the others are still training
                raise
            self._callback.note(f'{row.title}: {error}')
            return RowResult(row, FAILED, folder, reason=str(error))
        finally:
            gc.collect()  # networks and optimisers of a row refer to each other in circles
        if not outcome.finished:
            raise InterruptedRowError(row.title)
        return RowResult(row, FINISHED, folder, outcome.metrics, outcome.step)

    def _train(self, row: Row) -> Outcome:
        configs = self._kind.build({**self._values, **row.values, 'output': str(self._folder(row))})
        run = run_config(configs)
        output = RunFolder(run.output, run.keep_checkpoints)
        if self._restart and _is_main() and output.folder.is_dir():
            with output.locked():
                output.clear()
        if row.begins_with and (self._restart or not output.checkpoints.paths()):
            self._begin(row, output, configs)
        self._callback.note(f'{row.title}: {output.folder}')
        with output.keeping_errors(), self._stop.interrupting():
            check_machine(run)
            task = self._kind.make(configs, self._callback.preparing)
        return train(task, run, self._callback, self._stop, configs)

    def _begin(self, row: Row, output: RunFolder, configs: tuple[Any, ...]) -> None:
        """Train the beginning the row shares with others, unless finished."""
        other = self._result(self._ablation.beginning(row.begins_with))
        if not _is_main() or other.state != FINISHED:
            return
        source = RunFolder(other.folder, run_config(configs).keep_checkpoints)
        if output.start_after(source, flat_settings(configs)):
            self._callback.note(f'{row.title}: continues after {other.row.title}')

    def _folder(self, row: Row) -> Path:
        return self._output / row.name


def run_rows(
    run: AblationRun, rows: tuple[Row, ...], changed: Callable[[list[RowResult]], None]
) -> bool:
    """Train rows and report the results of all of them after each.

    Returns:
        False if interrupted.
    """
    changed(run.results(rows))
    try:
        for _ in run.train(rows):
            changed(run.results(rows))
    except (InterruptedRowError, KeyboardInterrupt):
        changed(run.results(rows))
        return False
    return True


def _is_main() -> bool:
    """Whether this is the main process, which reads and writes checkpoints."""
    return os.environ.get('RANK', '0') == '0'


def _processes() -> int:
    return int(os.environ.get('WORLD_SIZE', '1'))
