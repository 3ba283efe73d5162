# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A training task that keeps the best of its bundles on held-out images."""

import dataclasses
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_depth_ros.training.adaptation.errors import CollapseError
from thermal_depth_ros.training.adaptation.judging import Judge, Judgement
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult, Task

if TYPE_CHECKING:
    from accelerate import Accelerator

    from thermal_depth_ros.training.engine.batch import TensorBatch

_COLLAPSED = 0.1  # of the spread of depth that the old bundle has


def no_worse(new: Judgement, old: Judgement) -> bool:
    """Whether a bundle has the lower photometric error, and no worse depth where it is known.

    Depth is compared after median scaling; in metres as well if both bundles claim them.
    """
    if not new.photometric < old.photometric:
        return False
    if new.depth is None or old.depth is None:
        return True
    if new.depth.scaled.abs_rel > old.depth.scaled.abs_rel:
        return False
    metric = new.metric and old.metric
    return not metric or new.depth.metric.abs_rel <= old.depth.metric.abs_rel


def error(found: Judgement) -> float:
    """Return the error by which bundles are ordered: abs_rel, in metres if claimed.

    Where true depth is not known, it is the photometric error.
    """
    if found.depth is None:
        return found.photometric
    return found.depth.metric.abs_rel if found.metric else found.depth.scaled.abs_rel


def has_collapsed(new: Judgement, old: Judgement) -> bool:
    """Whether a network gives nearly the same depth everywhere, which the old bundle does not.

    Where depth is constant, no gradient tells one pixel from another: training goes on without end
    and does not leave it.
    """
    return new.spread < _COLLAPSED * old.spread


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A network that was judged.

    Attributes:
        training: Number of the training, from 1.
        step: Step of that training.
        found: Judgement of its bundle.
    """

    training: int
    step: int
    found: Judgement


class BestKept(Task):
    """Exports the bundle at each validation, judges it, and keeps the best.

    Args:
        task: Task of the training.
        judge: Judge of bundles.
        before: Judgement of the bundle the training starts from.
        folder: Folder for the candidate and the best bundle.
        record: Training record of the bundles.
        earlier: An earlier training into the same folder, whose best bundle has to be beaten.
        settling_steps: Steps during which random weights may give the same depth everywhere.
    """

    def __init__(
        self,
        task: Task,
        judge: Judge,
        before: Judgement,
        folder: Path,
        record: Mapping[str, Any],
        earlier: 'BestKept | None' = None,
        settling_steps: int = 0,
    ) -> None:
        self.stages, self.notes = task.stages, task.notes
        self._task, self._judge, self.before = task, judge, before
        self._folder, self._record = folder, record
        self._settling_steps = settling_steps
        self._steps, self._start = 0, time.monotonic()
        self._number: int = earlier._number + 1 if earlier else 1
        self.history: list[Candidate] = list(earlier.history) if earlier else []
        self.best: Judgement | None = earlier.best if earlier else None

    @property
    def best_folder(self) -> Path:
        """Folder of the best bundle so far."""
        return self._folder / 'best'

    def sample_count(self) -> int:
        """Return the number of samples in an epoch."""
        return self._task.sample_count()

    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Enter a stage of the task."""
        self._task.enter(stage, accelerator)

    def load(self, keys: Sequence[SampleKey]) -> 'TensorBatch':
        """Return a batch of the task."""
        return self._task.load(keys)

    def step(self, batch: Any) -> StepResult:
        """Run a step of the task."""
        self._steps += 1
        return self._task.step(batch)

    def state(self) -> dict[str, Any]:
        """Return the state of the task."""
        return self._task.state()

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the state of the task."""
        self._task.load_state(state)

    def end_epoch(self) -> None:
        """End an epoch of the task."""
        self._task.end_epoch()

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name samples of the task."""
        return self._task.describe(keys)

    def validate(self) -> dict[str, float]:
        """Export and judge the networks, and keep them if they are the best so far.

        Raises:
            CollapseError: Their depth is nearly the same everywhere.
        """
        seconds = time.monotonic() - self._start
        candidate = self._folder / 'candidate'
        record = {**self._record, 'steps': self._steps, 'seconds': seconds}
        found = self._judge(self._task.export(candidate, record))
        self.history.append(Candidate(self._number, self._steps, found))
        best, collapsed = self.best, has_collapsed(found, self.before)
        better = not collapsed and no_worse(found, self.before)
        if better and (best is None or error(found) < error(best)):
            self.best = found
            # Exported again, as the record of the bundle holds what it was judged by.
            self._task.export(self.best_folder, {**record, 'metrics': found.flat()})
        shutil.rmtree(candidate, ignore_errors=True)
        if collapsed and self._steps > self._settling_steps:
            raise CollapseError(
                f'depth is nearly the same everywhere after step {self._steps}: its logarithm '
                f'varies by {found.spread:.2g} within an image, {self.before.spread:.2g} before'
            )
        return found.flat()

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Return the folder of the best bundle, which may not exist."""
        return self.best_folder
