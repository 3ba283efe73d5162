# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: stages, epochs and steps of a task, with checkpoints, logs and export."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from thermal_depth_ros.training.engine.bad_batch import save_offence
from thermal_depth_ros.training.engine.cadence import Cadence
from thermal_depth_ros.training.engine.checkpointer import Checkpointer
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.errors import DivergenceError, TrainingError
from thermal_depth_ros.training.engine.ledger import Ledger
from thermal_depth_ros.training.engine.loader import StepBatches, batches, worker_count
from thermal_depth_ros.training.engine.machine import describe_machine, make_accelerator
from thermal_depth_ros.training.engine.order import Order
from thermal_depth_ros.training.engine.output import OutputFolder
from thermal_depth_ros.training.engine.randomness import (
    generator_states,
    restore_generators,
    seed_generators,
)
from thermal_depth_ros.training.engine.readout import Reading, Readout
from thermal_depth_ros.training.engine.records import Records
from thermal_depth_ros.training.engine.report import Facts, write_report
from thermal_depth_ros.training.engine.resume import flat_settings
from thermal_depth_ros.training.engine.task import StepResult, Task
from thermal_depth_ros.training.engine.watch import Meter, NeverStop, Stop, Watch

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
    watch: Watch | None = None,
    stop: Stop | None = None,
    configs: Sequence[Any] = (),
) -> Outcome:
    """Train a task to its end, resuming from the last checkpoint of the same run.

    Args:
        task: Training task.
        run: Settings of the run.
        watch: Progress callbacks.
        stop: Stop request; the run then writes a checkpoint and ends unfinished.
        configs: All configurations of the run, stored with it and compared when it is resumed.

    Raises:
        SettingsError: Settings do not fit the data, the machine or each other.
        TrainingError: Any failure of the run; the last checkpoint is kept.
        KeyboardInterrupt: Stopped before there was anything to save.
    """
    order = Order(task.stages, task.sample_count(), run.batch_size, run.seed)
    accelerator = make_accelerator(run)
    main = accelerator.is_main_process
    output = OutputFolder(run.output, run.keep_checkpoints)
    with output.locked() if main else contextlib.nullcontext():
        seen = (watch if main else None) or Watch()
        cadence = Cadence(run, order)
        loop = _Loop(task, cadence, accelerator, output, configs or (run,), seen, stop)
        with contextlib.closing(loop), output.keeping_errors():
            return loop.run_to_end()


class _InterruptedError(Exception):
    """Stopped on request; everything so far is in a checkpoint."""


class _Loop:
    """State of one call of train()."""

    def __init__(
        self,
        task: Task,
        cadence: Cadence,
        accelerator: 'Accelerator',
        output: OutputFolder,
        configs: Sequence[Any],
        watch: Watch,
        stop: Stop | None,
    ) -> None:
        """Read the last checkpoint and open the records."""
        self._task, self._cadence = task, cadence
        self._run, self._order = cadence.run, cadence.order
        self._accelerator, self._output, self._configs = accelerator, output, configs
        self._watch, self._stop = watch, stop or NeverStop()
        self._main = accelerator.is_main_process
        self._readout = Readout(accelerator)
        self._step, self._entered = 0, -1  # steps done; stage whose networks there are
        self._validation_due = False
        self._asked, self._time_is_up = False, False
        self._unsaved = True
        self._watch.state('starting')
        if self._main and self._run.restart:
            output.clear()
        self._keeper = Checkpointer(output, self._order, configs, accelerator)
        self._saved = self._keeper.read(watch.note)
        self._ledger = self._open_ledger()

    def _open_ledger(self) -> Ledger:
        saved: Mapping[str, Any] = self._saved or {'seconds': 0.0, 'step': 0, 'history': 0}
        limit_s = 60.0 * self._run.max_minutes
        meter = Meter(self._order, self._cadence.end, limit_s, saved['seconds'])
        records = None
        if self._main:
            self._output.write_config(flat_settings(self._configs))
            records = Records(
                self._output,
                saved['step'],
                saved['history'],
                self._run.tensorboard,
                self._watch.note,
            )
        return Ledger(self._cadence, meter, self._watch, records)

    # The course of a run.

    def run_to_end(self) -> Outcome:
        """Run to the end."""
        try:
            self._begin()
            for index in range(max(self._entered, 0), len(self._order.stages)):
                if self._ended:
                    break
                self._run_stage(index)
            self._end_training()
        except _InterruptedError:
            return Outcome(False, self._step, self._ledger.metrics)
        if not self._main:
            return Outcome(True, self._step, self._ledger.metrics)
        return self._export()

    def close(self) -> None:
        """Close the files."""
        self._ledger.close()

    @property
    def _ended(self) -> bool:
        return self._step >= self._cadence.end or self._time_is_up

    def _begin(self) -> None:
        """Resume from the checkpoint, if there is one."""
        for note in self._task.notes:
            self._watch.note(note)
        if self._saved is not None:
            self._restore(self._saved)
            self._saved = None  # its tensors are those of the task now
            self._watch.note(f'resuming after step {self._step} of {self._cadence.end}')
        self._time_is_up = self._shared(self._ledger.meter.time_is_up)

    def _run_stage(self, index: int) -> None:
        if index > self._entered:
            self._enter(index)
        if self._validation_due:
            self._validate()
        end = min(self._cadence.end, self._order.first_step(index + 1))
        rank, processes = self._accelerator.process_index, self._accelerator.num_processes
        data = StepBatches(self._task, self._order, self._step, end, rank, processes)
        workers = worker_count(self._run.workers, processes) if len(data) else 0
        self._watch.state('training')
        with batches(data, workers, self._accelerator.device.type == 'cuda') as source:
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
            self._task.enter(self._order.stages[index], self._accelerator)
        seed_generators(self._run.seed, index, self._accelerator.process_index)
        self._ledger.start_stage()
        self._entered, self._unsaved = index, True

    # One step.

    def _take_step(self, batch: Any) -> None:
        from accelerate.utils import send_to_device

        batch = send_to_device(batch, self._accelerator.device, non_blocking=True)
        result = self._compute(batch)
        self._step += 1
        self._unsaved = True
        self._digest(self._readout.take())  # of the previous step, while this one is computed
        time_is_up = self._main and self._ledger.meter.time_is_up
        self._readout.put(self._step, result.losses, self._stop.asked, time_is_up)
        self._ledger.show(self._step, result)
        if self._cadence.ends_epoch(self._step):
            self._task.end_epoch()
        self._validation_due = self._cadence.validation(self._step, self._entered)
        save = self._cadence.checkpoint(self._step)
        if save or self._validation_due:
            self._digest(self._readout.take())
        if self._validation_due and not self._asked:
            self._validate()
        if save:
            self._save()

    def _compute(self, batch: Any) -> StepResult:
        try:
            return self._task.step(batch)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f'out of GPU memory in step {self._step + 1} with batch_size '
                f'{self._run.batch_size} over {self._accelerator.num_processes} processes: '
                f'{str(error).splitlines()[0]}'
            ) from error

    def _digest(self, reading: Reading | None) -> None:
        """Add the losses of a step and the stop requests of all processes."""
        if reading is None:
            return
        problem = self._ledger.losses(reading, self._entered)
        if problem:
            self._stop_diverging(reading, problem)
        self._asked |= reading.stop
        self._time_is_up |= reading.time_is_up

    def _stop_diverging(self, reading: Reading, problem: str) -> None:
        found: list[str] = []
        if self._main:
            keys = self._order.keys(reading.step - 1)
            found = save_offence(
                self._output.offence, self._task, keys, reading.step, reading.losses
            )
        self._accelerator.wait_for_everyone()
        kept = self._output.checkpoints.paths()
        found.append(f'last good checkpoint: {kept[-1]}' if kept else 'there is no checkpoint yet')
        raise DivergenceError(f'step {reading.step}: {problem}; {"; ".join(found)}')

    def _validate(self) -> None:
        """Validate; if stopped meanwhile, the validation is repeated when the run is resumed."""
        self._watch.state('validating')
        before = generator_states(self._accelerator)
        try:
            with self._may_interrupt():
                metrics = self._task.validate()
        except KeyboardInterrupt:
            restore_generators(self._accelerator, before)
            self._save()
            raise _InterruptedError from None
        self._validation_due, self._unsaved = False, True
        self._ledger.validation(self._step, self._entered, metrics)
        self._watch.state('training')

    # Checkpoints.

    def _save(self) -> None:
        """Write a checkpoint of the current state, unless there is one."""
        self._digest(self._readout.take())
        if not self._unsaved:
            return
        generators, scaler = generator_states(self._accelerator), self._accelerator.scaler
        if self._main:
            self._watch.state('saving')
            content = {
                **dataclasses.asdict(self._order.position(self._step)),
                'entered': self._entered,
                'task': self._task.state(),
                'generators': generators,
                'scaler': scaler.state_dict() if scaler is not None else {},
                'validation_due': self._validation_due,
                **self._ledger.state(),
            }
            self._keeper.write(self._step, content)
            self._ledger.meter.restart_window()
            self._watch.state('training')
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
        self._ledger.load_state(saved)
        self._unsaved = False

    # The end.

    def _end_training(self) -> None:
        """Validate the final networks, unless that was done."""
        measured = self._ledger.was_measured(self._step)
        if self._validation_due or (self._cadence.validates and not measured):
            self._validation_due = True
            self._validate()
            self._save()

    def _export(self) -> Outcome:
        """Write the bundle and the report, in the main process."""
        self._watch.state('exporting')
        about = {
            'task': self._run.task,
            'steps': self._step,
            'epochs': self._step // self._order.steps_per_epoch,
            'samples': self._order.sample_count,
            'seconds': self._ledger.meter.elapsed_s,
            'metrics': dict(self._ledger.metrics),
            'settings': flat_settings(self._configs),
        }
        with self._may_interrupt():
            bundle = self._task.export(self._output.bundle, about)
            device = describe_machine(self._accelerator)
            facts = Facts(about, self._configs, self._task.notes, device)
            report = write_report(self._output, facts)
        return Outcome(True, self._step, self._ledger.metrics, bundle, report)

    # Several processes.

    def _may_interrupt(self) -> contextlib.AbstractContextManager[None]:
        """Let a signal abort long work; several processes must finish it together."""
        if self._accelerator.num_processes > 1:
            return contextlib.nullcontext()
        return self._stop.interrupting()

    def _shared(self, flag: bool) -> bool:
        """Return the value of the main process."""
        if self._accelerator.num_processes == 1:
            return flag
        told = torch.tensor(float(flag and self._main), device=self._accelerator.device)
        return bool(self._accelerator.reduce(told, 'sum').item())
