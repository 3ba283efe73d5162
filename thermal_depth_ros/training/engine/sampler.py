# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sampler of a run: the samples of every step, a function of seed and position alone."""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine.task import SampleKey, Stage


@dataclasses.dataclass(frozen=True)
class SamplerPosition:
    """Position in a run. `epoch` counts within the stage; `step` counts completed steps."""

    stage: int = 0
    epoch: int = 0
    step_in_epoch: int = 0
    step: int = 0  # over all stages


@dataclasses.dataclass(frozen=True)
class BatchSampler:
    """Epochs of shuffled samples, cut into global batches; an incomplete last batch is dropped.

    Raises:
        SettingsError: There are fewer samples than in a batch, or a stage has no epochs.
    """

    stages: tuple[Stage, ...]
    sample_count: int
    batch_size: int
    seed: int

    def __post_init__(self) -> None:
        if self.sample_count < self.batch_size:
            raise SettingsError(
                f'batch_size: {self.batch_size} is more than the {self.sample_count} samples there '
                'are'
            )
        empty = [stage.name for stage in self.stages if stage.epochs < 1]
        if empty or not self.stages:
            raise SettingsError(f'nothing to train: no epochs in {", ".join(empty) or "any stage"}')

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps in an epoch, the same for all stages."""
        return self.sample_count // self.batch_size

    @property
    def total_steps(self) -> int:
        """Number of steps of all stages."""
        return sum(stage.epochs for stage in self.stages) * self.steps_per_epoch

    def first_step(self, stage: int) -> int:
        """Return the number of steps in all stages before one."""
        return sum(s.epochs for s in self.stages[:stage]) * self.steps_per_epoch

    def position(self, step: int) -> SamplerPosition:
        """Return the position after a number of steps; at a boundary, in the next epoch or stage.

        After the very last step, the stage is len(stages).
        """
        for index, stage in enumerate(self.stages):
            first = self.first_step(index)
            if step < first + stage.epochs * self.steps_per_epoch:
                epoch, done = divmod(step - first, self.steps_per_epoch)
                return SamplerPosition(index, epoch, done, step)
        return SamplerPosition(len(self.stages), 0, 0, step)

    def permutation(self, epoch: int) -> np.ndarray:
        """Return the sample indices in the order of an epoch, counted over all stages."""
        return _permutation(self.seed, epoch, self.sample_count)

    def keys(self, step: int) -> list[SampleKey]:
        """Return the global batch of a step, counted from 0 over all stages."""
        epoch, within = divmod(step, self.steps_per_epoch)
        chosen = self.permutation(epoch)[within * self.batch_size : (within + 1) * self.batch_size]
        return [SampleKey(int(index), epoch, self.seed) for index in chosen]


@functools.lru_cache(maxsize=2)  # steps follow each other, epoch by epoch
def _permutation(seed: int, epoch: int, count: int) -> np.ndarray:
    permutation = np.random.default_rng((seed, epoch)).permutation(count)
    permutation.flags.writeable = False
    return permutation


def shard(keys: Sequence[SampleKey], rank: int, processes: int) -> Sequence[SampleKey]:
    """Return the contiguous part of a global batch for one process."""
    size = len(keys) // processes
    return keys[rank * size : (rank + 1) * size]
