# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batches in the order of the run, loaded ahead by worker processes."""

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from thermal_depth_ros.base.unexpected import RemoteError, named, needs_stack, stack_of
from thermal_depth_ros.training.engine.batch import TensorBatch
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.sampler import BatchSampler, shard
from thermal_depth_ros.training.engine.task import Task

MOST_WORKERS = 8
_PREFETCH = 3  # batches per worker


@dataclasses.dataclass(frozen=True)
class LoadFailure:
    """Takes the place of a batch that a worker could not load, with the reason."""

    reason: str
    stack: str = ''  # of an unexpected error


class BatchDataset(Dataset[Any]):
    """Batches of one process for the steps [first, end)."""

    def __init__(
        self, task: Task, sampler: BatchSampler, first: int, end: int, rank: int, processes: int
    ) -> None:
        self._task, self._sampler = task, sampler
        self._first, self._end = first, end
        self._rank, self._processes = rank, processes

    def __len__(self) -> int:
        return self._end - self._first

    def __getitem__(self, index: int) -> TensorBatch | LoadFailure:
        keys = shard(self._sampler.keys(self._first + index), self._rank, self._processes)
        try:
            return self._task.load(keys)
        except Exception as error:  # reported in the main process, which can name the samples
            names = ', '.join(self._task.describe(keys))
            stack = stack_of(error) if needs_stack(error) else ''
            return LoadFailure(f'cannot load {names}: {named(error)}', stack)


@contextlib.contextmanager
def load_batches(
    data: BatchDataset, workers: int, pin_memory: bool
) -> Iterator[Iterator[TensorBatch]]:
    """Yield an iterator over the batches of `data`; leaving the context stops the workers.

    Raises:
        TrainingError: From the iterator: a batch could not be loaded, or a worker died.
    """
    loader = DataLoader(
        data,
        batch_size=None,  # a batch is loaded whole
        collate_fn=_as_it_is,
        num_workers=workers,
        prefetch_factor=_PREFETCH if workers else None,
        pin_memory=pin_memory,
        worker_init_fn=_start_worker,
        # A task holds networks on a device, which only fork does not copy.
        multiprocessing_context='fork' if workers else None,
        # Without its own generator, it would draw from that of the training.
        generator=torch.Generator(),
    )
    before = set(multiprocessing.active_children())
    running = iter(loader)
    started = set(multiprocessing.active_children()) - before
    try:
        yield _checked(running)
    finally:
        _end(running, started)


def _end(running: Any, workers: set[BaseProcess]) -> None:
    """Stop the workers now; a propagating exception may keep their iterator alive."""
    if workers:
        running._shutdown_workers()
    for worker in workers:
        worker.kill()  # only if it is stuck in a sample
        worker.join()


def worker_count(setting: int, processes: int) -> int:
    """Return the number of loading processes for each training process."""
    if setting >= 0:
        return setting
    cores = len(os.sched_getaffinity(0)) // processes
    return max(1, min(MOST_WORKERS, cores - 1))


def _checked(running: Iterator[TensorBatch | LoadFailure]) -> Iterator[TensorBatch]:
    while True:
        try:
            batch = next(running)
        except StopIteration:
            return
        except RuntimeError as error:  # raised by torch when a worker was killed
            raise TrainingError(f'loading samples failed: {error}') from error
        if isinstance(batch, LoadFailure):
            over_there = RemoteError(batch.stack) if batch.stack else None
            raise TrainingError(batch.reason) from over_there
        yield batch


def _as_it_is(batch: Any) -> Any:
    return batch


def _start_worker(number: int) -> None:
    """Ignore signals; the main process finishes its step and then stops the workers."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_IGN)
    if 'cv2' in sys.modules:  # its threads do not survive a fork
        sys.modules['cv2'].setNumThreads(0)
