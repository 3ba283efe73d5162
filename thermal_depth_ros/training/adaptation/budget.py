# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How many steps the trainings of an adaptation take in the time that is left."""

import dataclasses
import gc
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.training.adaptation.config import AdaptConfig
from thermal_depth_ros.training.adaptation.errors import AdaptationError
from thermal_depth_ros.training.adaptation.plan import duration_values
from thermal_depth_ros.training.adaptation.survey import Material
from thermal_depth_ros.training.engine.accelerator import make_accelerator
from thermal_depth_ros.training.engine.callbacks import ProgressCallback
from thermal_depth_ros.training.engine.config import OFF, RunConfig
from thermal_depth_ros.training.engine.task import SampleKey, Task
from thermal_depth_ros.training.registry import run_config, task_kind

COMPARISONS = 6  # during a training, evenly spread
_WARM_STEPS, _TIMED_STEPS = 2, 6


@dataclasses.dataclass(frozen=True)
class Plan:
    """A training without its duration.

    Attributes:
        values: Settings by name.
        steps: Number of steps in an epoch.
        epoch_s: Time that they take.
    """

    values: Mapping[str, Any]
    steps: int
    epoch_s: float


@dataclasses.dataclass(frozen=True)
class Budget:
    """Trainings that share the time until a deadline.

    Attributes:
        plans: Trainings, one after the other.
        material: Camera and bundle.
        judge_s: Time of a comparison.
        most_epochs: Most epochs of each training.
        deadline_s: Time of `time.monotonic` at which the last one ends.
    """

    plans: Sequence[Plan]
    material: Material
    judge_s: float
    most_epochs: int
    deadline_s: float

    @property
    def left_s(self) -> float:
        """Time until the deadline."""
        return max(self.deadline_s - time.monotonic(), 0.0)

    def settings(self, number: int) -> dict[str, Any]:
        """Return the settings of a training, with an equal share of the time that is left now.

        What earlier trainings did not need is thus shared by the others.
        """
        plan = self.plans[number]
        share_s = self.left_s / (len(self.plans) - number)
        epochs = int((share_s - COMPARISONS * self.judge_s) / plan.epoch_s)
        epochs = max(min(epochs, self.most_epochs), 1)
        minutes = max(share_s / 60.0, 0.01)  # 0 would be no limit
        duration = duration_values(plan.values, self.material, epochs, epochs * plan.steps, minutes)
        return {**plan.values, **duration}


def make_budget(
    attempts: Sequence[Mapping[str, Any]],
    material: Material,
    left_s: float,
    judge_s: float,
    config: AdaptConfig,
    folder: Path,
    callback: ProgressCallback,
) -> Budget:
    """Time a step of each training, and plan as many trainings as there is time for.

    If there is no time for an epoch of each, there is only the last one.

    Args:
        attempts: Settings of the trainings, without their durations.
        material: Camera and bundle.
        left_s: Time for all of them and their timing.
        judge_s: Time of a comparison.
        config: Settings.
        folder: Output folder of the trainings.
        callback: Progress callbacks.

    Raises:
        AdaptationError: The time does not allow an epoch.
    """
    deadline_s = time.monotonic() + left_s
    plans = [_plan(values, material, folder, callback) for values in attempts]
    if left_s / len(plans) < max(plan.epoch_s for plan in plans):
        plans = plans[-1:]
    last = plans[-1]
    if left_s < last.epoch_s:
        used_min = config.minutes - left_s / 60.0
        raise AdaptationError(
            f'minutes: {config.minutes:g} is too short for one epoch: {last.steps} steps of '
            f'{last.epoch_s / last.steps:.2g} s take {last.epoch_s / 60:.2g} min, after '
            f'{used_min:.2g} min for everything else. Give --minutes '
            f'{1.1 * (used_min + last.epoch_s / 60):.2g} or more, or fewer images by '
            '--max-triplets'
        )
    return Budget(plans, material, judge_s, config.epochs, deadline_s)


def _plan(
    values: Mapping[str, Any], material: Material, folder: Path, callback: ProgressCallback
) -> Plan:
    """Time the steps of a training."""
    kind = task_kind(values['task'])
    trial = {
        **values,
        **duration_values(values, material, 1, 1, 0.0),
        'output': str(folder),
    }
    configs = kind.build({**trial, 'compile': OFF})
    task = kind.make(configs, callback.preparing)
    step_s = seconds_per_step(task, run_config(configs))
    steps = max(task.sample_count() // values['batch_size'], 1)
    del task
    gc.collect()  # networks and optimisers refer to each other in circles
    callback.note(f'an epoch of {steps} steps takes about {steps * step_s:.0f} s')
    return Plan(values, steps, steps * step_s)


def seconds_per_step(task: Task, run: RunConfig) -> float:
    """Measure the time of a step with its data; the weights of the task change."""
    accelerator = make_accelerator(run, task.suits_bf16)
    task.enter(task.stages[0], accelerator)
    count = task.sample_count()
    taken = []
    for number in range(_WARM_STEPS + _TIMED_STEPS):
        start = time.monotonic()
        places = range(number * run.batch_size, (number + 1) * run.batch_size)
        batch = task.load([SampleKey(place % count, 0, run.seed) for place in places])
        losses = task.step(batch.to(accelerator.device)).losses
        float(next(iter(losses.values())))  # waits for a GPU
        taken.append(time.monotonic() - start)
    # The least: what else the machine does passes, and max_minutes ends the training in any case.
    return min(taken[_WARM_STEPS:])
