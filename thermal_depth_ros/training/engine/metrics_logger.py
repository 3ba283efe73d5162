# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses, metrics and pictures of a run, logged to its history and to TensorBoard.

The history is a file of JSON lines, one per record of losses or validation. It holds nothing that
depends on time, so that an interrupted run ends with the same bytes as one that was not.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.training.engine.accelerator import StepLosses
from thermal_depth_ros.training.engine.callbacks import ProgressCallback
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.engine.schedule import RunTimer, Schedule
from thermal_depth_ros.training.engine.task import StepResult

LOSSES = 'losses'
VALIDATION = 'validation'
# Names of losses in the logs and checkpoints of earlier versions.
_FORMER_LOSSES = {'judge_day': 'discriminator_day', 'judge_night': 'discriminator_night'}


class History:
    """Writes a history from the position stored in a checkpoint."""

    def __init__(self, path: Path, position: int) -> None:
        """Open the file and truncate it at the position.

        Args:
            path: Path of the file.
            position: Length in bytes that belongs to the run so far; 0 starts a new history.

        Raises:
            TrainingError: The file cannot be written, or is shorter than that.
        """
        self.path = path
        try:
            # Unbuffered: what a full disk refused must not come back when the file is closed.
            self._file: RawIOBase = path.open('r+b' if position else 'wb', buffering=0)
            length = self._file.seek(0, os.SEEK_END)
            if length >= position:
                self._file.truncate(position)
                self._file.seek(position)
        except OSError as error:
            raise self._failed(error) from error
        if length < position:
            raise TrainingError(
                f'history {path} has {length} bytes, {position} belong to the checkpoint; '
                '--restart starts from scratch'
            )

    def add(
        self, step: int, epoch: int, stage: str, kind: str, values: Mapping[str, float]
    ) -> None:
        """Append a record.

        Args:
            step: Number of completed steps.
            epoch: Index of the epoch, counted over all stages.
            stage: Name of the stage.
            kind: LOSSES or VALIDATION.
            values: Values by name.

        Raises:
            TrainingError: It cannot be written.
        """
        record = {'step': step, 'epoch': epoch, 'stage': stage, kind: dict(values)}
        try:
            line = memoryview(json.dumps(record).encode() + b'\n')
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise self._failed(error) from error

    def position(self) -> int:
        """Flush to disk and return the length in bytes.

        Raises:
            TrainingError: It cannot be written.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _failed(self, error: OSError) -> TrainingError:
        return TrainingError(f'history {self.path}: {error.strerror or error}')


def _with_current_names(losses: Mapping[str, float]) -> dict[str, float]:
    """Return losses with the names of earlier versions replaced by the current ones."""
    return {_FORMER_LOSSES.get(name, name): value for name, value in losses.items()}


def read_history(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a history; an incomplete last line is skipped.

    Losses have their current names, even in a history that an earlier version began.
    """
    if not path.is_file():
        return
    with path.open(encoding='utf-8') as lines:
        for line in lines:
            if line.endswith('\n'):
                record = json.loads(line)
                if LOSSES in record:
                    record[LOSSES] = _with_current_names(record[LOSSES])
                yield record


class TensorBoard:
    """Writes events; if writing fails, it is disabled and training continues."""

    def __init__(self, folder: Path, step: int, note: Callable[[str], None]) -> None:
        """Open a file of events.

        Args:
            folder: Folder of the event files.
            step: Step of the checkpoint; later events of an interrupted run are dropped when read.
            note: Called with a message when it is disabled.
        """
        self._note = note
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder), purge_step=step + 1)
        except (OSError, ImportError) as error:
            self._disable(error)

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write scalars by name."""
        for name, value in values.items():
            self._write('add_scalar', f'{group}/{name}', value, step)

    def pictures(self, pictures: Mapping[str, np.ndarray], step: int) -> None:
        """Write (H, W, 3) uint8 pictures."""
        for name, picture in pictures.items():
            self._write('add_image', name, picture, step, dataformats='HWC')

    def close(self) -> None:
        """Write what is pending and close the file."""
        self._write('close')
        self._writer = None

    def _write(self, method: str, *arguments: Any, **named: Any) -> None:
        if self._writer is None:
            return
        try:
            getattr(self._writer, method)(*arguments, **named)
        except (OSError, RuntimeError) as error:  # its event thread reports late
            self._disable(error)

    def _disable(self, error: Exception) -> None:
        self._writer = None
        self._note(f'no more events for TensorBoard: {error}')


class MetricsLogger:
    """Averages losses and logs them with metrics and pictures.

    Every process keeps the same means and metrics; the main process alone has a folder to write to.
    """

    def __init__(
        self,
        schedule: Schedule,
        timer: RunTimer,
        callback: ProgressCallback,
        folder: RunFolder | None,
        saved: Mapping[str, Any],
    ) -> None:
        """Continue the files of a run; records later than the checkpoint are dropped.

        Args:
            schedule: When losses and pictures are logged.
            timer: Timer of the run.
            callback: Progress callbacks.
            folder: Output folder; None except in the main process.
            saved: Checkpoint the run resumes from; its `step` and `history` are 0 for a new run.

        Raises:
            TrainingError: The history cannot be written.
        """
        self._schedule, self._timer, self._callback = schedule, timer, callback
        self._folder = folder
        self._history: History | None = None
        self._tensorboard: TensorBoard | None = None
        if folder is not None:
            self._history = History(folder.history, saved['history'])
            if schedule.run.tensorboard:
                self._tensorboard = TensorBoard(folder.board, saved['step'], callback.note)
        # Summed in step order, so that the same steps always give the same means.
        self._sums: dict[str, float] = {}
        self._count = 0
        self.metrics: dict[str, float] = {}
        self._validated_at = -1

    def log_losses(self, losses: StepLosses, stage: int) -> None:
        """Add the losses of a step, and log the means when they are due.

        Raises:
            TrainingError: They cannot be written.
        """
        for name, value in losses.by_name.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        now = self._timer.progress(losses.step, stage, losses.by_name)
        self._callback.progress(now)
        if not self._schedule.log(losses.step, stage):
            return
        means = {name: total / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        self._log(losses.step, stage, LOSSES, 'loss', means)
        if self._tensorboard is not None:
            self._tensorboard.scalars('speed', {'samples_per_s': now.samples_per_s}, losses.step)

    def log_validation(self, step: int, stage: int, metrics: Mapping[str, float]) -> None:
        """Log the metrics of a validation.

        Raises:
            TrainingError: They cannot be written.
        """
        self._validated_at = step
        self._timer.restart_window()
        if metrics:
            self.metrics = dict(metrics)
            self._callback.validated(step, metrics)
            self._log(step, stage, VALIDATION, 'validation', metrics)

    def log_pictures(self, step: int, result: StepResult) -> None:
        """Log the pictures of a step, if due, and keep them for the report."""
        if self._folder is None or not self._schedule.pictures(step):
            return
        pictures = result.pictures()
        if self._tensorboard is not None:
            self._tensorboard.pictures(pictures, step)
        self._folder.keep_pictures(step, pictures, self._callback.note)

    def was_validated(self, step: int) -> bool:
        """Whether a validation took place after a step."""
        return self._validated_at == step

    def state(self) -> dict[str, Any]:
        """Return the state for a checkpoint; main process only."""
        assert self._history is not None, 'the main process has a history'
        return {
            'metrics': dict(self.metrics),
            'measured_at': self._validated_at,
            'means': {'sums': dict(self._sums), 'count': self._count},
            'history': self._history.position(),
            'seconds': self._timer.elapsed_s,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of state()."""
        self.metrics, self._validated_at = dict(state['metrics']), int(state['measured_at'])
        means = state['means']
        self._sums, self._count = _with_current_names(means['sums']), int(means['count'])

    def close(self) -> None:
        """Close the files."""
        if self._history is not None:
            self._history.close()
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _log(
        self, step: int, stage: int, kind: str, group: str, values: Mapping[str, float]
    ) -> None:
        """Write values to the history, under `kind`, and to TensorBoard, under `group`."""
        if self._history is not None:
            epoch = (step - 1) // self._schedule.sampler.steps_per_epoch  # over all stages, from 0
            name = self._schedule.sampler.stages[stage].name
            self._history.add(step, epoch, name, kind, values)
        if self._tensorboard is not None:
            self._tensorboard.scalars(group, values, step)
