# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Interface between the training loop and a learning method.

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

    from thermal_depth_ros.training.engine.batch import TensorBatch


@dataclasses.dataclass(frozen=True)
class SampleKey:
    """One sample of one epoch; its randomness depends on these values alone.

    Attributes:
        index: Index of the sample, 0 <= index < Task.sample_count().
        epoch: Index of the epoch, counted over all stages.
        seed: Random seed of the run.
    """

    index: int
    epoch: int
    seed: int

    def generator(self, stream: int = 0) -> np.random.Generator:
        """Return a random generator of this sample; other streams are independent of it."""
        streams = (stream,) if stream else ()
        return np.random.default_rng((self.seed, self.epoch, self.index, *streams))


@dataclasses.dataclass(frozen=True)
class Stage:
    """A part of the training with its own networks and optimisers."""

    name: str
    epochs: int


def no_pictures() -> dict[str, np.ndarray]:
    """Return no pictures."""
    return {}


@dataclasses.dataclass(frozen=True)
class StepResult:
    """Result of one step of this process.

    Attributes:
        losses: Detached scalars by name, including 'total', with the same names in every step of a
            stage. The mean over the processes must be the loss of the global batch.
        pictures: Makes (H, W, 3) uint8 pictures by name, on demand, in one process only.
    """

    losses: Mapping[str, 'Tensor']
    pictures: Callable[[], dict[str, np.ndarray]] = no_pictures


class Task(abc.ABC):
    """A learning method with its data.

    Args:
        stages: Stages, each with at least one epoch.
        notes: Remarks on the data, such as omitted frames.
        suits_bf16: Whether bf16 changes the result of a training on a CPU by no more than another
            seed does.
    """

    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()
    suits_bf16: bool = False

    @abc.abstractmethod
    def sample_count(self) -> int:
        """Return the number of samples in an epoch."""

    @abc.abstractmethod
    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Build or convert the networks of a stage and make its optimisers.

        Called for every stage in order, even if a run resumes in a later one: load_state then
        restores the values. The torch generators are seeded for the stage, equal in all processes.
        """

    @abc.abstractmethod
    def load(self, keys: Sequence[SampleKey]) -> 'TensorBatch':
        """Return a batch on the CPU.

        Called in worker processes (forked when the stage begins), which must not use a GPU.
        """

    @abc.abstractmethod
    def step(self, batch: Any) -> StepResult:
        """Train on a batch on the device: forward, accelerator.backward, optimiser.

        Random numbers come from the torch generators, whose states are saved in checkpoints.
        """

    @abc.abstractmethod
    def state(self) -> dict[str, Any]:
        """Return everything that training changes: nested dicts of tensors and plain values."""

    @abc.abstractmethod
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of state() in the same stage; tensors are on the CPU."""

    @abc.abstractmethod
    def end_epoch(self) -> None:
        """Update what changes once per epoch, such as learning rates."""

    @abc.abstractmethod
    def validate(self) -> dict[str, float]:
        """Validate the networks without changing them; {} without validation data.

        Called in every process; the result of the main process is used.
        """

    @abc.abstractmethod
    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the model bundle, replacing an earlier one; called in the main process.

        Args:
            folder: Output folder, written completely or not at all.
            report: Training record, in plain values.

        Returns:
            Path of the bundle.
        """

    @abc.abstractmethod
    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name samples for error messages: recording, topic, frames."""
