# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training as a task: two stages on triplets of thermal images."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.trainable import trainable_parameters, training_mode
from thermal_depth_ros.pages.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.samples.sample_set import Samples
from thermal_depth_ros.thermal.temporal_mapping import LOSS_MEAN, LOSS_STD, TemporalMapping
from thermal_depth_ros.training.engine.accelerator import accelerated_processes
from thermal_depth_ros.training.engine.averaging import WeightAverage
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.performance import arrange, compile_in_place, lay_out_state
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult, Task
from thermal_depth_ros.training.thermal.batch import BatchMaker, LossImages, ThermalBatch
from thermal_depth_ros.training.thermal.checks import too_few_pixels
from thermal_depth_ros.training.thermal.config import NETWORK, ThermalTrainingConfig
from thermal_depth_ros.training.thermal.export import export_bundle
from thermal_depth_ros.training.thermal.objective import (
    MotionObjective,
    ThermalLoss,
    ThermalMaps,
    ThermalObjective,
)
from thermal_depth_ros.training.thermal.stages import (
    MOTION,
    STAGE_ONE,
    STAGE_TWO,
    enter_stage,
    stages_of,
    trained_parts,
)
from thermal_depth_ros.training.thermal.start import start_networks
from thermal_depth_ros.training.thermal.validation import ThermalValidation

if TYPE_CHECKING:
    from accelerate import Accelerator


class ThermalTask(Task):
    """Depth and motion from thermal video.

    Raises:
        SettingsError: The settings require data that the recordings lack.
        BundleError: The start bundle cannot be used.
    """

    def __init__(
        self,
        method: ThermalTrainingConfig,
        run: RunConfig,
        samples: Samples,
    ) -> None:
        _check(method, run, samples)
        self.stages = stages_of(method)
        self._method, self._run, self._samples = method, run, samples
        self._start = start_networks(method, run.seed)
        self._average = WeightAverage(nn.Module(), 0.0)  # empty until a stage is entered
        self._validation = ThermalValidation(
            samples.validation, self._start.mapping, method.protocol, method.validation_limit
        )

    def sample_count(self) -> int:
        """Return the number of training triplets."""
        return len(self._samples.train)

    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Convert the networks for the stage, with a new optimiser."""
        self._average.keep()
        self._accelerator, self._stage, self._stage_steps = accelerator, stage, 0
        depth, pose = self._start.depth, self._start.pose
        enter_stage(stage, self._start, self._method, self._run.seed)
        processes = accelerated_processes(accelerator)
        if processes.count > 1:
            from thermal_depth_ros.networks.global_norm import convert as share_statistics

            share_statistics(depth)
            share_statistics(pose)
        self._make_batch = self._batch_maker(stage, accelerator.device)
        objective = MotionObjective if stage.name == MOTION else ThermalObjective
        self._objective: ThermalObjective = objective(depth, pose, self._method, processes)
        pose.requires_grad_(self._method.trains_pose)
        self._objective.to(accelerator.device)
        arrange(depth, pose, accelerator.device)
        compile_in_place(self._objective, self._run.compile, accelerator.device, processes.count)
        trained = trainable_parameters(self._objective)
        optimiser = torch.optim.Adam(trained, lr=self._peak_rate(), fused=True)
        self._module, self._optimiser = accelerator.prepare(self._objective, optimiser)
        self._average = WeightAverage(self._objective, self._method.average_decay)
        self._start.untrained -= trained_parts(stage, self._method)

    def load(self, keys: Sequence[SampleKey]) -> ThermalBatch:
        """Return a batch; see `BatchMaker`."""
        return self._make_batch(keys)

    def step(self, batch: ThermalBatch) -> StepResult:
        """Run one training step."""
        self._set_rate()
        batch = self._make_batch.complete(batch)
        training_mode(self._objective)
        loss: ThermalLoss = self._module(batch)
        self._optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(loss.total)
        self._optimiser.step()
        self._stage_steps += 1
        self._average.update()
        return StepResult(loss.logged(), lambda: step_pictures(batch, loss.maps))

    def state(self) -> dict[str, Any]:
        """Return weights, optimiser, moving average and position in the schedule."""
        return {
            'networks': self._objective.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'average': self._average.state(),
            'stage_steps': self._stage_steps,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state`."""
        self._objective.load_state_dict(state['networks'])
        self._optimiser.load_state_dict(state['optimiser'])
        lay_out_state(self._optimiser)
        self._average.load_state(state['average'])
        self._stage_steps = int(state['stage_steps'])

    def end_epoch(self) -> None:
        """Do nothing: the learning rate follows the steps."""

    def validate(self) -> dict[str, float]:
        """Validate the averaged networks."""
        if not self._accelerator.is_main_process:
            return {}
        with self._average.applied():
            self._objective.eval()
            pose = self._start.pose if self._method.trains_pose else None
            return self._validation(self._start.depth, pose, self._accelerator.device)

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the bundle of the averaged networks, with merged adapters."""
        with self._average.applied():
            return export_bundle(folder, self._start, self._method, self._samples, report)

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name the triplets."""
        names = self._samples.train.names
        return [names[key.index] for key in keys]

    def _batch_maker(self, stage: Stage, device: torch.device) -> BatchMaker:
        method = self._method
        second = stage.name == STAGE_TWO  # the motion stage needs no loss images
        loss_images = LossImages(
            method.stage2_loss_image if second else method.stage1_loss_image,
            TemporalMapping(method.mapping_bins, method.clahe_clip, method.clahe_tiles),
        )
        return BatchMaker(
            self._samples.train,
            self._start.mapping,
            loss_images,
            method.max_zoom,
            method.flip_probability,
            method.learns_from_odometry,
            method.pose_interval,
            on_device=device.type == 'cuda',
        )

    def _peak_rate(self) -> float:
        method = self._method
        if self._stage.name == STAGE_ONE or method.stage2_learning_rate == 0:
            return method.learning_rate
        return method.stage2_learning_rate

    def _set_rate(self) -> None:
        steps = self._stage.epochs * (self.sample_count() // self._run.batch_size)
        factor = rate_factor(self._stage_steps, steps, self._method)
        for group in self._optimiser.param_groups:
            group['lr'] = self._peak_rate() * factor


def rate_factor(step: int, steps: int, method: ThermalTrainingConfig) -> float:
    """Return the learning rate of a step in a stage, relative to its maximum."""
    factor = min(1.0, (step + 1) / method.warmup_steps) if method.warmup_steps else 1.0
    if method.schedule == 'cosine':
        factor *= 0.5 * (1.0 + math.cos(math.pi * min(step / max(steps, 1), 1.0)))
    return factor


def _check(method: ThermalTrainingConfig, run: RunConfig, samples: Samples) -> None:
    """Compare the settings with the recordings."""
    found = []
    if method.pose_source != NETWORK and not samples.train.has_poses:
        found.append(
            f'pose_source: {method.pose_source} needs the pose of every image; give pose_topic'
        )
    if method.velocity_weight > 0 and not samples.train.has_travel:
        found.append('velocity_weight: needs a twist for every image; give twist_topic')
    camera = samples.camera
    if problem := too_few_pixels(method, run, camera.width, camera.height):
        found.append(problem)
    if found:
        raise SettingsError('; '.join(found))


def step_pictures(batch: ThermalBatch, maps: ThermalMaps | None) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name; only the input if depth was not computed."""
    if maps is None:
        return {'input': _grey(batch.image[0, 0, 0])}
    target, warped = batch.compared[0, 0, 0], maps.warped[0, 0]
    depth = maps.depth[0, 0].float().cpu().numpy()
    # NaN is possible here: losses are checked after the pictures of the step are made.
    shown = depth_range([depth]) or DepthRange(0.1, 100.0)
    return {
        'input': _grey(batch.image[0, 0, 0]),
        'depth': depth_picture(depth, shown),
        'loss image': _grey(target * LOSS_STD + LOSS_MEAN),
        'warped neighbour': _grey(warped * LOSS_STD + LOSS_MEAN),
        'mask': _grey(maps.mask[0, 0].float()),
    }


def _grey(values: torch.Tensor) -> np.ndarray:
    image = (values.float().nan_to_num().clamp(0, 1) * 255).byte().cpu().numpy()
    return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
