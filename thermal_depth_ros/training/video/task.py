# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Training step, state, validation and export that thermal and RGB training share."""

import abc
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.losses.masked import Processes
from thermal_depth_ros.networks.trainable import trainable_parameters, training_mode
from thermal_depth_ros.training.engine.accelerator import accelerated_processes
from thermal_depth_ros.training.engine.averaging import WeightAverage
from thermal_depth_ros.training.engine.batch import StepLoss
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.performance import compile_in_place, lay_out_state
from thermal_depth_ros.training.engine.task import Stage, StepResult, Task
from thermal_depth_ros.training.video.config import VideoConfig

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclasses.dataclass
class VideoStart:
    """Initial networks.

    Attributes:
        architecture: Fields of the architecture in the bundle.
        untrained: Names of the parts that have random weights.
        source: Origin of the weights, in words.
        attributions: Origins and licences of weights of others among them, in words.
        focal_px: Focal length in pixels for which a bundle that gave its depth predicts metres.
    """

    architecture: dict[str, Any]
    untrained: set[str]
    source: str
    attributions: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    focal_px: float | None = dataclasses.field(default=None, kw_only=True)

    def canonical_px(self, camera: PinholeCamera) -> float:
        """Return the focal length of the canonical camera, by default that of the samples."""
        return self.focal_px or mean_focal_px(camera.K)


class VideoTask(Task):
    """Minimises one loss per stage with Adam, and averages the weights.

    The loss is a module over all networks of the method, which maps a batch to a `StepLoss`.

    Args:
        method: Settings of the method.
        run: Settings of the run.
    """

    _method: VideoConfig
    _objective: nn.Module

    def __init__(self, method: VideoConfig, run: RunConfig) -> None:
        self._method, self._run = method, run
        self._average = WeightAverage(nn.Module(), 0.0)  # empty until a stage is entered
        self._steps = 0  # completed in this stage
        # Depth that is known asks for relative accuracy alone. The comparison of views and the
        # motion between them need small differences, which are unmeasured in bf16 on a CPU.
        self.suits_bf16 = not (method.compares_views or method.trains_pose)

    @abc.abstractmethod
    def _make_objective(self, stage: Stage, processes: Processes) -> nn.Module:
        """Convert the networks for a stage and return its loss."""

    @abc.abstractmethod
    def _arrange(self, device: torch.device) -> None:
        """Set the memory layout of the networks."""

    @abc.abstractmethod
    def _pictures(self, batch: Any, loss: StepLoss[Any, Any]) -> dict[str, np.ndarray]:
        """Return pictures (H, W, 3) uint8 of a step by name."""

    @abc.abstractmethod
    def _measure(self, device: torch.device) -> dict[str, float]:
        """Return validation metrics of the networks, which are in evaluation mode."""

    @abc.abstractmethod
    def _write(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the networks as a bundle; see `export`."""

    def _completed(self, batch: Any) -> Any:
        """Return a batch with what is computed on the device."""
        return batch

    def _peak_rate(self) -> float:
        """Return the largest learning rate of the stage."""
        return self._method.learning_rate

    def _slow_part(self) -> nn.Module | None:
        """Return the part of the networks that learns at `encoder_rate` in the stage, if any."""
        return None

    def _rate_factor(self, steps_per_epoch: int) -> float:
        """Return the learning rate of the next step, relative to the largest one."""
        return self._method.rate_factor(self._steps, steps_per_epoch, self._stage.epochs)

    def _rates(self) -> list[tuple[list[nn.Parameter], float]]:
        """Return groups of trainable weights with their rates, relative to the others."""
        slow = self._slow_part()
        slowly = [] if slow is None else trainable_parameters(slow)
        known = {id(parameter) for parameter in slowly}
        others = [p for p in trainable_parameters(self._objective) if id(p) not in known]
        groups = [(others, 1.0), (slowly, self._method.encoder_rate)]
        return [group for group in groups if group[0]]

    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Convert the networks for the stage, with a new optimiser."""
        self._average.keep()
        self._accelerator, self._stage, self._steps = accelerator, stage, 0
        device, processes = accelerator.device, accelerated_processes(accelerator)
        self._objective = self._make_objective(stage, processes)
        if processes.count > 1:
            from thermal_depth_ros.networks.global_norm import convert as share_statistics

            share_statistics(self._objective)
        self._objective.to(device)
        self._arrange(device)
        compile_in_place(self._objective, self._run.compile, device, processes.count)
        groups = self._rates()
        self._relative_rates = [rate for _, rate in groups]
        optimiser = torch.optim.Adam(
            [{'params': parameters} for parameters, _ in groups], lr=self._peak_rate(), fused=True
        )
        self._module, self._optimiser = accelerator.prepare(self._objective, optimiser)
        self._average = WeightAverage(self._objective, self._method.average_decay)

    def step(self, batch: Any) -> StepResult:
        """Run one training step."""
        per_epoch = max(self.sample_count() // self._run.batch_size, 1)
        rate = self._peak_rate() * self._rate_factor(per_epoch)
        for group, relative in zip(self._optimiser.param_groups, self._relative_rates, strict=True):
            group['lr'] = rate * relative
        batch = self._completed(batch)
        training_mode(self._objective)
        loss: StepLoss[Any, Any] = self._module(batch)
        self._optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(loss.total)
        self._optimiser.step()
        self._steps += 1
        self._average.update()
        return StepResult(loss.logged(), lambda: self._pictures(batch, loss))

    def state(self) -> dict[str, Any]:
        """Return weights, optimiser, moving average and position in the schedule."""
        return {
            'networks': self._objective.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'average': self._average.state(),
            'steps': self._steps,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state`, or of an earlier version of it.

        Raises:
            TrainingError: An earlier version trained other weights.
        """
        self._objective.load_state_dict(state['networks'])
        saved = sum(len(group['params']) for group in state['optimiser']['param_groups'])
        trained = sum(len(group['params']) for group in self._optimiser.param_groups)
        if saved != trained:
            raise TrainingError(
                f'checkpoint: {saved} weights are trained there and {trained} here: it is of '
                'another version of this package; --restart starts from scratch'
            )
        self._optimiser.load_state_dict(state['optimiser'])
        lay_out_state(self._optimiser)
        self._average.load_state(state['average'])
        # Thermal training used to call them stage_steps.
        self._steps = int(state['stage_steps'] if 'stage_steps' in state else state['steps'])

    def end_epoch(self) -> None:
        """Do nothing: the learning rate follows the steps."""

    def validate(self) -> dict[str, float]:
        """Validate the averaged networks."""
        if not self._accelerator.is_main_process:
            return {}
        with self._average.applied():
            self._objective.eval()
            return self._measure(self._accelerator.device)

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the bundle of the averaged networks."""
        with self._average.applied():
            return self._write(folder, report)
