# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training as a task: two stages on triplets of thermal images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.sections import Calibration
from thermal_depth_ros.losses.masked import Processes
from thermal_depth_ros.pages.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.samples.sample_set import Samples
from thermal_depth_ros.thermal.temporal_mapping import LOSS_MEAN, LOSS_STD, TemporalMapping
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult
from thermal_depth_ros.training.thermal.batch import BatchMaker, LossImages, ThermalBatch
from thermal_depth_ros.training.thermal.checks import too_few_pixels
from thermal_depth_ros.training.thermal.config import FORWARD, ThermalTrainingConfig
from thermal_depth_ros.training.thermal.export import export_bundle, scale_of
from thermal_depth_ros.training.thermal.kept import FeaturePlan
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
    slow_stem,
    stages_of,
    trained_parts,
)
from thermal_depth_ros.training.thermal.start import arrange, start_networks
from thermal_depth_ros.training.thermal.validation import ThermalValidation
from thermal_depth_ros.training.video.effects.picture import EFFECTS, effects_picture
from thermal_depth_ros.training.video.task import VideoTask


class ThermalTask(VideoTask):
    """Depth and motion from thermal video.

    Raises:
        SettingsError: The settings require data that the recordings lack.
        BundleError: The start bundle cannot be used.
    """

    _method: ThermalTrainingConfig
    _objective: ThermalObjective

    def __init__(
        self,
        method: ThermalTrainingConfig,
        run: RunConfig,
        samples: Samples,
    ) -> None:
        _check(method, run, samples)
        self.stages = stages_of(method)
        super().__init__(method, run)
        self._samples = samples
        self._start = start_networks(method, run.seed)
        self._validation = ThermalValidation(
            samples.validation,
            self._start.mapping,
            method.protocol,
            method.validation_limit,
            self._start.canonical_px(samples.camera),
        )
        self._features = FeaturePlan.make(
            method,
            run,
            self.stages,
            self._start.depth,
            (samples.camera.height, samples.camera.width),
            samples.train.frame_count,
        )
        self.notes = (*samples.notes, *filter(None, [self._features.note]))

    def sample_count(self) -> int:
        """Return the number of training triplets."""
        return len(self._samples.train)

    def load(self, keys: Sequence[SampleKey]) -> ThermalBatch:
        """Return a batch; see `BatchMaker`."""
        return self._make_batch(keys)

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name the triplets."""
        names = self._samples.train.names
        return [names[key.index] for key in keys]

    def _make_objective(self, stage: Stage, processes: Processes) -> ThermalObjective:
        start, method = self._start, self._method
        enter_stage(stage, start, method, self._run.seed)
        start.untrained -= trained_parts(stage, method)
        start.pose.requires_grad_(method.trains_pose)
        self._make_batch = self._batch_maker(stage, self._accelerator.device)
        objective = MotionObjective if stage.name == MOTION else ThermalObjective
        self._kept = self._features.features(stage, method, self._run)
        ground = stage.name == STAGE_ONE and method.ground_steps > 0
        return objective(start.depth, start.pose, method, processes, self._kept, ground)

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state`; features of the weights before it are forgotten."""
        super().load_state(state)
        if self._kept is not None:
            self._kept.forget()

    def _slow_part(self) -> torch.nn.Module | None:
        """Return the stem if it is trained after it was frozen."""
        return slow_stem(self._stage, self._start, self._method)

    def _arrange(self, device: torch.device) -> None:
        arrange(self._start.depth, self._start.pose, device)

    def _completed(self, batch: ThermalBatch) -> ThermalBatch:
        return self._make_batch.complete(batch)

    def step(self, batch: ThermalBatch) -> StepResult:
        """Run one training step."""
        left = 1.0 - self._steps / max(self._method.ground_steps, 1)
        self._objective.ground_weight.fill_(max(left, 0.0))
        return super().step(batch)

    def _pictures(self, batch: ThermalBatch, loss: ThermalLoss) -> dict[str, np.ndarray]:
        pictures = step_pictures(batch, loss.maps)
        if any(self._method.strengths) and batch.loss_image is not None:
            pictures[EFFECTS] = effects_picture(
                batch.loss_image[:, 0] * LOSS_STD + LOSS_MEAN, batch.image[:, 0]
            )
        return pictures

    def _measure(self, device: torch.device) -> dict[str, float]:
        pose = self._start.pose if self._method.trains_pose else None
        return self._validation(self._start.depth, pose, device)

    def _write(self, folder: Path, report: Mapping[str, Any]) -> Path:
        calibration = None
        if self._method.trains_pose:
            pose = self._start.pose.eval()
            metric = scale_of(self._method, self._samples.train).metric
            device = next(pose.parameters()).device
            scale = self._validation.covariance_scale(pose, device, metric=metric)
            if scale is not None:
                calibration = Calibration(
                    covariance_scale=scale, source='true poses of the validation recordings'
                )
        return export_bundle(folder, self._start, self._method, self._samples, report, calibration)

    def _batch_maker(self, stage: Stage, device: torch.device) -> BatchMaker:
        method = self._method
        second = stage.name == STAGE_TWO  # the motion stage needs no loss images
        loss_images = LossImages(
            method.stage2_loss_image if second else method.stage1_loss_image,
            TemporalMapping(method.mapping_bins, method.clahe_clip, method.clahe_tiles),
        )
        return BatchMaker(
            self._samples.train,
            self._start.canonical_px(self._samples.camera),
            self._start.mapping,
            loss_images,
            method.max_zoom,
            method.flip_probability,
            method.max_aspect,
            method if any(method.strengths) else None,
            method.learns_from_odometry,
            method.pose_interval,
            method.turned_views_deg,
            method.pose_order == FORWARD,
            on_device=device.type == 'cuda',
            # The motion stage compares nothing, but its pictures show the triplet.
            neighbours=method.compares_views,
            depth=method.depth_weight > 0 and stage.name != MOTION,
            far_depth_m=method.far_depth_m,
            entries=self._features.kept,
        )

    def _peak_rate(self) -> float:
        method = self._method
        if self._stage.name == STAGE_ONE or method.stage2_learning_rate == 0:
            return method.learning_rate
        return method.stage2_learning_rate


def _check(method: ThermalTrainingConfig, run: RunConfig, samples: Samples) -> None:
    """Compare the settings with the recordings."""
    problems = []
    if method.uses_poses and not samples.train.has_poses:
        problems.append(
            f'pose_source: {method.pose_source} needs the pose of every image; give pose_topic'
        )
    if method.depth_weight > 0 and not samples.train.has_depth:
        problems.append('depth_weight: no training recording has depth; give depth_topic')
    if method.velocity_weight > 0 and not samples.train.has_travel:
        problems.append('velocity_weight: needs a twist for every image; give twist_topic')
    camera = samples.camera
    if problem := too_few_pixels(method, run, camera.width, camera.height):
        problems.append(problem)
    if problems:
        raise SettingsError('; '.join(problems))


def step_pictures(batch: ThermalBatch, maps: ThermalMaps | None) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name; only the input if depth was not computed."""
    if maps is None:
        return {'input': _grey(batch.image[0, 0, 0])}
    depth = maps.depth[0, 0].float().cpu().numpy()
    # NaN is possible here: losses are checked after the pictures of the step are made.
    shown = depth_range([depth]) or DepthRange(0.1, 100.0)
    pictures = {'input': _grey(batch.image[0, 0, 0]), 'depth': depth_picture(depth, shown)}
    if maps.warped is None or maps.mask is None:
        return pictures
    target, warped = batch.compared[0, 0, 0], maps.warped[0, 0]
    return pictures | {
        'loss image': _grey(target * LOSS_STD + LOSS_MEAN),
        'warped neighbour': _grey(warped * LOSS_STD + LOSS_MEAN),
        'mask': _grey(maps.mask[0, 0].float()),
    }


def _grey(values: torch.Tensor) -> np.ndarray:
    image = (values.float().nan_to_num().clamp(0, 1) * 255).byte().cpu().numpy()
    return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
