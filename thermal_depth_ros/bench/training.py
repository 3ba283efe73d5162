# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The trainer's own fp32 step against `auto`: the recipes of the default bundles, alternately.

Both trainings begin with the same weights and take the same batches in turn, so that other work on
the machine slows both down, and their losses can be laid over each other.
"""

import dataclasses
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.bench.training_data import data_settings, recipe
from thermal_depth_ros.training.engine.accelerator import make_accelerator, seed_generators
from thermal_depth_ros.training.engine.config import TOTAL
from thermal_depth_ros.training.engine.sampler import BatchSampler
from thermal_depth_ros.training.engine.task import Task
from thermal_depth_ros.training.registry import TaskKind, run_config, task_kind

FP32, AUTO = 'fp32', 'auto'
TARGET = 1.5
_PRECISIONS: Mapping[str, Mapping[str, str]] = {
    FP32: {'precision': 'fp32', 'compile': 'off'},
    AUTO: {'precision': 'auto', 'compile': 'auto'},
}
_CAMERAS = (contract.THERMAL, contract.RGB)
_WARM_UP, _STEPS = 2, 12
_STEPS_PER_DRIVE, _FEWEST_DRIVES, _MOST_DRIVES = 10, 2, 40
_VALIDATED = ('abs_rel', 'miou')  # ends of names: those of RGB begin with day or night


@dataclasses.dataclass
class Contestant:
    """A training in one precision."""

    name: str
    task: Task
    ran: str  # precision that was taken
    seconds: list[float] = dataclasses.field(default_factory=list)
    cpu_s: list[float] = dataclasses.field(default_factory=list)
    losses: list[float] = dataclasses.field(default_factory=list)

    def step(self, batch: Any) -> None:
        """Train on a batch, and keep its loss and times."""
        start, cpu_start = time.perf_counter(), time.process_time()
        result = self.task.step(batch)
        loss = float(result.losses[TOTAL])  # waits for a GPU
        self.seconds.append(time.perf_counter() - start)
        self.cpu_s.append(time.process_time() - cpu_start)
        self.losses.append(loss)


def run_training(curve_steps: int | None = None) -> Iterator[Measurement]:
    """Compare both precisions on both cameras.

    Args:
        curve_steps: Steps of each training whose losses are kept, with a validation at their end;
            None for a few steps that are only timed.
    """
    steps = curve_steps or _WARM_UP + _STEPS
    drives = min(max(steps // _STEPS_PER_DRIVE, _FEWEST_DRIVES), _MOST_DRIVES)
    for kind in _CAMERAS:
        with tempfile.TemporaryDirectory(prefix='bench-training-') as folder:
            values = {**recipe(kind), **data_settings(kind, Path(folder), drives)}
            # The rate stays what it is after a warm-up, however many steps there are.
            values |= {'schedule': 'constant' if kind == contract.THERMAL else 'none'}
            values |= {'warmup_steps': min(100, steps // 5), 'workers': 0}
            yield from compared(kind, values, steps, curves=curve_steps is not None)


def compared(
    kind: str, values: Mapping[str, Any], steps: int, curves: bool
) -> Iterator[Measurement]:
    """Train in both precisions; yield times, and losses if they are asked for.

    Args:
        kind: Training task, the name of the camera.
        values: Settings of the training.
        steps: Number of steps, of which the first two are not timed.
        curves: Whether to yield losses and a validation.
    """
    pair = [contestant(task_kind(kind), values, name) for name in _PRECISIONS]
    first = pair[0].task
    run = run_config(task_kind(kind).build(values))
    sampler = BatchSampler(first.stages, first.sample_count(), run.batch_size, run.seed)
    for number in range(steps):
        batch = first.load(sampler.keys(number))
        for one in pair:
            one.step(batch)
    group = f'training, {kind}'
    for one in pair:
        timed = one.seconds[_WARM_UP:]
        detail = f'median of {len(timed)} steps of {run.batch_size}; {one.ran}'
        value = 1e3 * statistics.median(timed)
        yield Measurement(group, f'step, {one.name}', value, 'ms', detail=detail)
    yield _ratio(group, *pair)
    if curves:
        yield from _outcomes(group, pair)


def contestant(kind: TaskKind, values: Mapping[str, Any], name: str) -> Contestant:
    """Build a training in a precision, at its first step."""
    configs = kind.build({**values, **_PRECISIONS[name]})
    run = run_config(configs)
    task = kind.make(configs, lambda what, done, total: None)
    accelerator = make_accelerator(run, task.suits_bf16)
    precision = accelerator.mixed_precision.replace('no', FP32)
    seed_generators(run.seed, 0)
    task.enter(task.stages[0], accelerator)
    return Contestant(name, task, precision)


def _ratio(group: str, slow: Contestant, fast: Contestant) -> Measurement:
    """Return the median of the ratios of each step."""
    walls, cpus = (
        [a / b for a, b in zip(x[_WARM_UP:], y[_WARM_UP:], strict=True)]
        for x, y in ((slow.seconds, fast.seconds), (slow.cpu_s, fast.cpu_s))
    )
    detail = f'median of {len(walls)} steps; of processor time {statistics.median(cpus):.2f}'
    value = statistics.median(walls)
    name = f'step, {slow.name} to {fast.name}'
    return Measurement(group, name, value, '', TARGET, at_least=True, detail=detail)


def _outcomes(group: str, pair: Sequence[Contestant]) -> Iterator[Measurement]:
    """Yield the losses of both, and what their validations find."""
    last = max(len(pair[0].losses) // 4, 1)
    for one in pair:
        value = statistics.fmean(one.losses[-last:])
        detail = f'mean of the last {last} of {len(one.losses)} steps'
        series = tuple(float(f'{loss:.5g}') for loss in one.losses)
        yield Measurement(group, f'loss, {one.name}', value, '', detail=detail, series=series)
    for one in pair:
        for name, value in one.task.validate().items():
            if name.endswith(_VALIDATED):
                yield Measurement(group, f'{name}, {one.name}', value, '', detail='validation')
