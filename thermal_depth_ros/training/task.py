# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is trained: the interface between the training loop and a learning method.

The loop owns order, processes, checkpoints and reports; a task owns data, networks, losses and
optimisers. Nothing here knows a particular method.
"""

import abc
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import Tensor

TOTAL = 'total'


@dataclasses.dataclass(frozen=True)
class SampleKey:
    """One sample of one epoch; whatever is random about the sample depends on these alone.

    Attributes:
        index: Index of the sample, 0 <= index < Task.sample_count().
        epoch: Counted over all stages from 0.
        seed: Random seed of the run.
    """

    index: int
    epoch: int
    seed: int

    def generator(self) -> np.random.Generator:
        """Return the generator of random numbers of this sample."""
        return np.random.default_rng((self.seed, self.epoch, self.index))


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of the training with networks and optimisers of its own."""

    name: str
    epochs: int


def no_pictures() -> dict[str, np.ndarray]:
    """Show nothing of a step."""
    return {}


@dataclasses.dataclass(frozen=True)
class StepResult:
    """What one step of this process gave.

    Attributes:
        losses: Detached scalars by name, 'total' among them, the same names in every step of a
            stage. The mean over the processes must be the loss of the global batch.
        pictures: Makes (H, W, 3) uint8 pictures by name, on demand, in one process only.
    """

    losses: Mapping[str, 'Tensor']
    pictures: Callable[[], dict[str, np.ndarray]] = no_pictures


class Task(abc.ABC):
    """A learning method with its data.

    Args:
        stages: Each with at least one epoch.
        notes: Remarks on the data, such as omitted frames.
    """

    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()

    @abc.abstractmethod
    def sample_count(self) -> int:
        """Return how many samples an epoch has."""

    @abc.abstractmethod
    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Build or convert the networks of a stage and make its optimisers.

        Called for every stage in order, also when a run goes on in a later one: load_state then
        brings the values. The generators of torch are seeded for the stage, alike in all processes.
        """

    @abc.abstractmethod
    def load(self, keys: Sequence[SampleKey]) -> Any:
        """Return a batch: CPU tensors in dicts, lists or tuples.

        Called in worker processes (forked when the stage begins), which must not use a GPU.
        """

    @abc.abstractmethod
    def step(self, batch: Any) -> StepResult:
        """Learn from a batch that is on the device: forward, accelerator.backward, optimiser.

        Random numbers come from the generators of torch, whose states are kept in checkpoints.
        """

    @abc.abstractmethod
    def state(self) -> dict[str, Any]:
        """Return everything that training changes: nested dicts of tensors and plain values."""

    @abc.abstractmethod
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what state() returned in the same stage; tensors are on the CPU."""

    @abc.abstractmethod
    def end_epoch(self) -> None:
        """Advance what changes once per epoch, as learning rates."""

    @abc.abstractmethod
    def validate(self) -> dict[str, float]:
        """Measure the networks as they are, without changing them; {} where there is nothing to.

        Called in every process; what the main process returns counts.
        """

    @abc.abstractmethod
    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the model bundle, replacing an earlier one; called in the main process.

        Args:
            folder: Output folder, written completely or not at all.
            report: Training record, in plain values.

        Returns:
            Where it is.
        """

    @abc.abstractmethod
    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name samples for messages: recording, topic, frames."""
