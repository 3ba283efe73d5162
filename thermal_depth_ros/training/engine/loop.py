# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: stages, epochs and steps of a task, with checkpoints, logs and export."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from thermal_depth_ros.training.engine.accelerator import (
    LossTransfer,
    StepLosses,
    broadcast_from_main,
    describe_machine,
    generator_states,
    make_accelerator,
    restore_generators,
    seed_generators,
)
from thermal_depth_ros.training.engine.batch import TensorBatch
from thermal_depth_ros.training.engine.callbacks import NeverStop, ProgressCallback, StopSignal
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.data_loader import BatchDataset, load_batches, worker_count
from thermal_depth_ros.training.engine.divergence import DivergenceDetector, save_bad_batch
from thermal_depth_ros.training.engine.errors import DivergenceError, TrainingError
from thermal_depth_ros.training.engine.metrics_logger import MetricsLogger
from thermal_depth_ros.training.engine.report import write_report
from thermal_depth_ros.training.engine.run_folder import RunFolder
from thermal_depth_ros.training.engine.run_identity import RunIdentity, flat_settings
from thermal_depth_ros.training.engine.sampler import BatchSampler
from thermal_depth_ros.training.engine.schedule import RunTimer, Schedule
from thermal_depth_ros.training.engine.task import StepResult, Task

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Result of a run.

    Attributes:
        finished: False if interrupted; the same call then resumes the run.
        step: Number of completed steps.
        metrics: Metrics of the last validation.
        bundle: Path of the exported model; None unless finished, and except in the main process.
        report: Path of the report, under the same conditions.
    """

    finished: bool
    step: int
    metrics: Mapping[str, float]
    bundle: Path | None = None
    report: Path | None = None


def train(
    task: Task,
    run: RunConfig,
    callback: ProgressCallback | None = None,
    stop: StopSignal | None = None,
    configs: Sequence[Any] = (),
) -> Outcome:
    """Train a task to its end, resuming from the last checkpoint of the same run.

    Args:
        task: Training task.
        run: Settings of the run.
        callback: Progress callbacks.
        stop: Stop request; the run then writes a checkpoint and ends unfinished.
        configs: All configurations of the run, stored with it and compared when it is resumed.

    Raises:
        SettingsError: Settings do not fit the data, the machine or each other.
        TrainingError: Any failure of the run; the last checkpoint is kept.
        OSError: The settings or the report cannot be written.
        KeyboardInterrupt: Stopped before there was anything to save.
    """
    sampler = BatchSampler(task.stages, task.sample_count(), run.batch_size, run.seed)
    schedule = Schedule(run, sampler)
    accelerator = make_accelerator(run, task.suits_bf16)
    folder = RunFolder(run.output, run.keep_checkpoints)
    with folder.locked() if accelerator.is_main_process else contextlib.nullcontext():
        identity = RunIdentity(tuple(configs or (run,)), sampler.sample_count)
        loop = _Loop(task, schedule, accelerator, folder, identity, callback, stop)
        with contextlib.closing(loop), folder.keeping_errors():
            return loop.run_to_end()


class _InterruptedError(Exception):
    """Stopped on request; everything so far is in a checkpoint."""


class _Loop:
    """State of one call of train()."""

    def __init__(
        self,
        task: Task,
        schedule: Schedule,
        accelerator: 'Accelerator',
        folder: RunFolder,
        identity: RunIdentity,
        callback: ProgressCallback | None,
        stop: StopSignal | None,
    ) -> None:
        """Read the last checkpoint and open the log files."""
        self._task, self._schedule = task, schedule
        self._run, self._sampler = schedule.run, schedule.sampler
        self._accelerator, self._folder, self._identity = accelerator, folder, identity
        self._main = accelerator.is_main_process
        self._callback = (callback if self._main else None) or ProgressCallback()
        self._stop = stop or NeverStop()
        self._transfer = LossTransfer(accelerator)
        self._detector = DivergenceDetector(
            self._run.divergence_factor, self._run.divergence_warmup_steps
        )
        self._step, self._entered = 0, -1  # steps done; stage whose networks there are
        self._validation_due = False
        self._asked, self._time_is_up = False, False
        self._unsaved = True
        self._callback.state('starting')
        if self._main and self._run.restart:
            folder.clear()
        saved = self._read_checkpoint() if self._main else None
        self._saved = broadcast_from_main(accelerator, saved)
        self._open_log()

    def _read_checkpoint(self) -> dict[str, Any] | None:
        """Return the last checkpoint of this run; None if there is none."""
        self._folder.checkpoints.sweep()
        saved = self._folder.checkpoints.latest(self._callback.note)
        if saved is not None:
            self._identity.check(saved)
        return saved

    def _open_log(self) -> None:
        saved: Mapping[str, Any] = self._saved or {'seconds': 0.0, 'step': 0, 'history': 0}
        self._timer = RunTimer(self._schedule, saved['seconds'])
        if self._main:
            self._folder.write_config(flat_settings(self._identity.configs))
        self._logger = MetricsLogger(
            self._schedule, self._timer, self._callback, self._folder if self._main else None, saved
        )

    # The course of a run.

    def run_to_end(self) -> Outcome:
        """Run to the end."""
        try:
            self._begin()
            for index in range(max(self._entered, 0), len(self._sampler.stages)):
                if self._ended:
                    break
                self._run_stage(index)
            self._end_training()
        except _InterruptedError:
            return Outcome(False, self._step, self._logger.metrics)
        if not self._main:
            return Outcome(True, self._step, self._logger.metrics)
        return self._export()

    def close(self) -> None:
        """Close the files."""
        self._logger.close()

    @property
    def _ended(self) -> bool:
        return self._step >= self._schedule.end or self._time_is_up

    def _begin(self) -> None:
        """Resume from the checkpoint, if there is one."""
        for note in self._task.notes:
            self._callback.note(note)
        if self._saved is not None:
            self._restore(self._saved)
            self._saved = None  # its tensors are those of the task now
            self._callback.note(f'resuming after step {self._step} of {self._schedule.end}')
        self._time_is_up = broadcast_from_main(self._accelerator, self._timer.time_is_up)

    def _run_stage(self, index: int) -> None:
        if index > self._entered:
            self._enter(index)
        if self._validation_due:
            self._validate()
        end = min(self._schedule.end, self._sampler.first_step(index + 1))
        rank, processes = self._accelerator.process_index, self._accelerator.num_processes
        data = BatchDataset(self._task, self._sampler, self._step, end, rank, processes)
        workers = worker_count(self._run.workers, processes) if len(data) else 0
        self._callback.state('training')
        with load_batches(data, workers, self._accelerator.device.type == 'cuda') as source:
            for batch in source:
                self._take_step(batch)
                if self._asked or self._time_is_up:
                    break
        self._save()
        if self._asked:
            raise _InterruptedError

    def _enter(self, index: int) -> None:
        """Enter a stage with random generators that depend only on seed, stage and process."""
        self._accelerator.free_memory()
        seed_generators(self._run.seed, index)
        with self._may_interrupt():
            self._task.enter(self._sampler.stages[index], self._accelerator)
        seed_generators(self._run.seed, index, self._accelerator.process_index)
        self._detector.start_stage()
        self._entered, self._unsaved = index, True

    # One step.

    def _take_step(self, batch: TensorBatch) -> None:
        result = self._compute(batch.to(self._accelerator.device, non_blocking=True))
        self._step += 1
        self._unsaved = True
        self._digest(self._transfer.take())  # of the previous step, while this one is computed
        time_is_up = self._main and self._timer.time_is_up
        self._transfer.put(self._step, result.losses, self._stop.asked, time_is_up)
        self._logger.log_pictures(self._step, result)
        if self._schedule.ends_epoch(self._step):
            self._task.end_epoch()
        self._validation_due = self._schedule.validation(self._step, self._entered)
        save = self._schedule.checkpoint(self._step)
        if save or self._validation_due:
            self._digest(self._transfer.take())
        if self._validation_due and not self._asked:
            self._validate()
        if save:
            self._save()

    def _compute(self, batch: TensorBatch) -> StepResult:
        try:
            return self._task.step(batch)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f'out of GPU memory in step {self._step + 1} with batch_size '
                f'{self._run.batch_size} over {self._accelerator.num_processes} processes: '
                f'{str(error).splitlines()[0]}'
            ) from error

    def _digest(self, losses: StepLosses | None) -> None:
        """Add the losses of a step and the stop requests of all processes."""
        if losses is None:
            return
        if problem := self._detector.problem(losses.by_name):
            self._stop_diverging(losses, problem)
        self._logger.log_losses(losses, self._entered)
        self._asked |= losses.stop
        self._time_is_up |= losses.time_is_up

    def _stop_diverging(self, losses: StepLosses, problem: str) -> None:
        remarks: list[str] = []
        if self._main:
            keys = self._sampler.keys(losses.step - 1)
            remarks = save_bad_batch(
                self._folder.bad_batch, self._task, keys, losses.step, losses.by_name
            )
        self._accelerator.wait_for_everyone()
        kept = self._folder.checkpoints.paths()
        remarks.append(
            f'last good checkpoint: {kept[-1]}' if kept else 'there is no checkpoint yet'
        )
        raise DivergenceError(f'step {losses.step}: {problem}; {"; ".join(remarks)}')

    def _validate(self) -> None:
        """Validate; if stopped meanwhile, the validation is repeated when the run is resumed."""
        self._callback.state('validating')
        before = generator_states(self._accelerator)
        try:
            with self._may_interrupt():
                metrics = self._task.validate()
        except KeyboardInterrupt:
            restore_generators(self._accelerator, before)
            self._save()
            raise _InterruptedError from None
        self._validation_due, self._unsaved = False, True
        self._logger.log_validation(self._step, self._entered, metrics)
        self._callback.state('training')

    # Checkpoints.

    def _save(self) -> None:
        """Write a checkpoint of the current state, unless there is one."""
        self._digest(self._transfer.take())
        if not self._unsaved:
            return
        generators, scaler = generator_states(self._accelerator), self._accelerator.scaler
        if self._main:
            self._callback.state('saving')
            content = {
                **dataclasses.asdict(self._sampler.position(self._step)),
                'entered': self._entered,
                'task': self._task.state(),
                'generators': generators,
                'scaler': scaler.state_dict() if scaler is not None else {},
                'validation_due': self._validation_due,
                'guard': self._detector.state(),
                **self._logger.state(),
                **self._identity.state(),
            }
            self._folder.checkpoints.save(self._step, content)
            self._timer.restart_window()
            self._callback.state('training')
        self._unsaved = False

    def _restore(self, saved: Mapping[str, Any]) -> None:
        for index in range(int(saved['entered']) + 1):
            self._enter(index)
        self._task.load_state(saved['task'])
        self._step = int(saved['step'])
        if not restore_generators(self._accelerator, saved['generators']):
            rank = self._accelerator.process_index
            seed_generators(self._run.seed, self._entered, rank, self._step)
        if self._accelerator.scaler is not None and saved['scaler']:
            self._accelerator.scaler.load_state_dict(saved['scaler'])
        self._validation_due = bool(saved['validation_due'])
        self._detector.load_state(saved['guard'])
        self._logger.load_state(saved)
        self._unsaved = False

    # The end.

    def _end_training(self) -> None:
        """Validate the final networks, unless that was done."""
        measured = self._logger.was_validated(self._step)
        if self._validation_due or (self._schedule.validates and not measured):
            self._validation_due = True
            self._validate()
            self._save()

    def _export(self) -> Outcome:
        """Write the bundle and the report, in the main process."""
        self._callback.state('exporting')
        record = {
            'task': self._run.task,
            'steps': self._step,
            'epochs': self._step // self._sampler.steps_per_epoch,
            'samples': self._sampler.sample_count,
            'seconds': self._timer.elapsed_s,
            'metrics': dict(self._logger.metrics),
            'settings': flat_settings(self._identity.configs),
        }
        with self._may_interrupt():
            bundle = self._task.export(self._folder.bundle, record)
            device = describe_machine(self._accelerator)
            report = write_report(
                self._folder, record, self._identity.configs, self._task.notes, device
            )
        return Outcome(True, self._step, self._logger.metrics, bundle, report)

    # Several processes.

    def _may_interrupt(self) -> contextlib.AbstractContextManager[None]:
        """Let a signal abort long work; several processes must finish it together."""
        if self._accelerator.num_processes > 1:
            return contextlib.nullcontext()
        return self._stop.interrupting()
