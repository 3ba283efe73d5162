# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Steps of a plain loop and of the trainer, one after the other, as long as somebody wants them."""

import abc
import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from thermal_depth_ros.bench.bag_triplets import BagTriplets
from thermal_depth_ros.bench.plain_loop import PlainLoop
from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.samples.opening import open_samples
from thermal_depth_ros.training.loader import StepBatches, batches, worker_count
from thermal_depth_ros.training.machine import make_accelerator
from thermal_depth_ros.training.order import Order
from thermal_depth_ros.training.readout import Readout
from thermal_depth_ros.training.registry import task_kind
from thermal_depth_ros.training.thermal_stages import stages_of
from thermal_depth_ros.training.thermal_task import ThermalTask


class Stepper(abc.ABC):
    """Does steps."""

    @abc.abstractmethod
    def step(self) -> float:
        """Do one; return how long it waited for samples, s."""

    @abc.abstractmethod
    def finish(self) -> None:
        """Wait until everything asked for is done."""


class _Plain(Stepper):
    def __init__(self, loop: PlainLoop, order: Order) -> None:
        self._loop, self._order, self._done = loop, order, 0

    def step(self) -> float:
        self._loop.step(self._order.keys(self._done))
        self._done += 1
        return 0.0

    def finish(self) -> None:
        """Nothing: it reads the loss of every step."""


class _Trainer(Stepper):
    """What the training loop does in a step, but for records and checkpoints."""

    def __init__(self, task: ThermalTask, accelerator: Any, source: Iterator[Any]) -> None:
        self._task, self._accelerator, self._source = task, accelerator, source
        self._readout, self._done = Readout(accelerator), 0

    def step(self) -> float:
        from accelerate.utils import send_to_device

        start = time.perf_counter()
        batch = next(self._source)
        waited_s = time.perf_counter() - start
        batch = send_to_device(batch, self._accelerator.device, non_blocking=True)
        result = self._task.step(batch)
        self._done += 1
        self._readout.take()
        self._readout.put(self._done, result.losses, False, False)
        return waited_s

    def finish(self) -> None:
        self._readout.take()
        if self._accelerator.device.type == 'cuda':
            torch.cuda.synchronize()


@contextlib.contextmanager
def plain_steps(stage: str, values: Mapping[str, Any]) -> Iterator[Stepper]:
    """Yield the plain loop in a stage of training."""
    data, method, run = task_kind('thermal').build(values)
    samples = open_samples(data).train
    triplets = BagTriplets(samples, data)
    with contextlib.closing(triplets):
        loop = PlainLoop(method, stage, triplets, select_device(run.device), run.seed)
        order = Order(stages_of(method), len(samples), run.batch_size, run.seed)
        yield _Plain(loop, order)


@contextlib.contextmanager
def trainer_steps(stage: str, values: Mapping[str, Any]) -> Iterator[Stepper]:
    """Yield the trainer in a stage of training."""
    data, method, run = task_kind('thermal').build(values)
    accelerator = make_accelerator(run)
    task = ThermalTask(method, run, open_samples(data))
    for entered in task.stages:
        task.enter(entered, accelerator)
        if entered.name == stage:
            break
    order = Order(task.stages, task.sample_count(), run.batch_size, run.seed)
    shares = StepBatches(task, order, 0, order.total_steps, 0, 1)
    on_gpu = accelerator.device.type == 'cuda'
    with batches(shares, worker_count(run.workers, 1), on_gpu) as source:
        yield _Trainer(task, accelerator, source)
