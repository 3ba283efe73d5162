# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the rows of an ablation one after the other, each in its own folder."""

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.ablation.report import (
    FAILED,
    FINISHED,
    LEFT_OUT,
    WAITING,
    RowResult,
    earlier_results,
    write_table,
)
from thermal_depth_ros.training.ablation.tables import Ablation, Row
from thermal_depth_ros.training.engine.callbacks import ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.launch import process_count, rank
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.engine.run_identity import flat_settings
from thermal_depth_ros.training.registry import TaskKind, run_config
from thermal_depth_ros.training.run import run_training


class AblationRun:
    """Trains rows of an ablation from one set of settings, and writes their table.

    A call with the same settings resumes where the last one ended: finished rows only report
    their metrics. The first stages that several rows share are trained once.
    """

    def __init__(
        self,
        ablation: Ablation,
        kind: TaskKind,
        values: Mapping[str, Any],
        folder: Path,
        callback: ProgressCallback,
        stop: StopSignal,
    ) -> None:
        """Check the settings.

        Args:
            ablation: The rows.
            kind: Training task.
            values: Settings of the user; those of the rows take precedence.
            folder: Parent folder of all rows.
            callback: Progress callbacks.
            stop: Stop request.

        Raises:
            SettingsError: They are invalid for every row.
        """
        self._ablation, self._kind, self._folder = ablation, kind, folder
        self._callback, self._stop = callback, stop
        self._restart = bool(values.get('restart', False))
        fixed = ablation.fixed_settings() | {'restart'}
        chosen = {**ablation.defaults, **values}
        self._values = {name: value for name, value in chosen.items() if name not in fixed}
        self.configs = kind.build(self._values)
        run = run_config(self.configs)
        if not run.validate_every_epochs and not run.validate_every_steps:
            raise SettingsError('validate_every_epochs: 0 leaves no metrics to compare the rows')
        self._earlier = earlier_results(ablation, self.configs, folder)
        self._results: dict[str, RowResult] = {}

    def results(self, rows: tuple[Row, ...] | None = None) -> list[RowResult]:
        """Return the results of rows so far; by default of all in the table."""
        known = {**self._earlier, **self._results}
        return [known[row.name] for row in rows or self._ablation.rows if row.name in known]

    def train(self, rows: tuple[Row, ...]) -> bool:
        """Train rows; the table is written after each of them.

        Returns:
            False if stopped on request; the row resumes from its checkpoint the next time.
        """
        waiting = {row.name: RowResult(row, WAITING, self._folder / row.name) for row in rows}
        self._results = waiting
        self._write()
        try:
            for row in rows:
                self._result(row)
                self._write()
        except KeyboardInterrupt:
            self._write()
            return False
        return True

    def _write(self) -> None:
        if rank() == 0:
            write_table(self._ablation, self.results(), self.configs, self._folder)

    def _result(self, row: Row) -> RowResult:
        """Return the result of a row, which is trained unless that was attempted before."""
        known = self._results.get(row.name)
        if known is None or known.state == WAITING:
            known = self._results[row.name] = self._attempt(row)
        return known

    def _attempt(self, row: Row) -> RowResult:
        """Train a row; an error is reported in its result."""
        folder, chosen = self._folder / row.name, flat_settings(self.configs)
        for name, reason in row.needs.items():
            if not chosen[name]:
                return RowResult(row, LEFT_OUT, folder, reason=reason)
        try:
            return self._train(row, folder)
        except (ThermalDepthError, OSError) as error:
            if process_count() > 1:  # the others are still training
                raise
            self._callback.note(f'{row.title}: {error}')
            return RowResult(row, FAILED, folder, reason=str(error))
        finally:
            gc.collect()  # networks and optimisers of a row refer to each other in circles

    def _train(self, row: Row, path: Path) -> RowResult:
        configs = self._kind.build({**self._values, **row.values, 'output': str(path)})
        folder = RunFolder(path, run_config(configs).keep_checkpoints)
        if self._restart and rank() == 0 and path.is_dir():
            with folder.locked():
                folder.clear()
        if row.starts_after is not None and (self._restart or not folder.checkpoints.paths()):
            self._start_after(row, row.starts_after, folder, configs)
        self._callback.note(f'{row.title}: {path}')
        outcome = run_training(self._kind, configs, self._callback, self._stop)
        if not outcome.finished:
            raise KeyboardInterrupt
        return RowResult(row, FINISHED, path, outcome.metrics, outcome.step)

    def _start_after(
        self, row: Row, first: Row, folder: RunFolder, configs: tuple[Any, ...]
    ) -> None:
        """Train the first stages the row shares with others, unless finished, and start there."""
        result = self._result(first)
        if rank() != 0 or result.state != FINISHED:
            return
        source = RunFolder(result.folder, run_config(configs).keep_checkpoints)
        if folder.start_after(source, flat_settings(configs)):
            self._callback.note(f'{row.title}: continues after {first.title}')
