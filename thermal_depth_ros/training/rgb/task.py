# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24 and its daytime depth teacher as tasks: one stage on RGB triplets."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.labels import LabelMap, read_label_map
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.losses.masked import Processes
from thermal_depth_ros.networks.trainable import trainable_parameters, training_mode
from thermal_depth_ros.training.engine.accelerator import accelerated_processes
from thermal_depth_ros.training.engine.averaging import WeightAverage
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.performance import (
    arrange_rgb,
    compile_in_place,
    lay_out_state,
)
from thermal_depth_ros.training.engine.task import SampleKey, Stage, StepResult, Task
from thermal_depth_ros.training.rgb.batch import Augmentation, BatchMaker, PairedSamples, RgbBatch
from thermal_depth_ros.training.rgb.class_balance import balanced_weights, class_shares
from thermal_depth_ros.training.rgb.config import FINEST, RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import RgbData
from thermal_depth_ros.training.rgb.export import export_bundle
from thermal_depth_ros.training.rgb.monocular_config import NETWORK, POLY, STEP, MonocularConfig
from thermal_depth_ros.training.rgb.objective import MonocularObjective, RgbLoss, RgbObjective
from thermal_depth_ros.training.rgb.pictures import step_pictures
from thermal_depth_ros.training.rgb.start import start_networks
from thermal_depth_ros.training.rgb.validation import RgbValidation

if TYPE_CHECKING:
    from accelerate import Accelerator


class RgbTask(Task):
    """Depth and semantics from day and night RGB video, or depth from daytime video.

    Raises:
        SettingsError: The settings require data that the recordings or labels lack.
        BundleError: The start bundle cannot be used.
    """

    def __init__(self, method: MonocularConfig, run: RunConfig, data: RgbData) -> None:
        self.stages = (Stage('train', method.epochs),)
        self.notes = data.notes
        self._method, self._run, self._data = method, run, data
        labels = coloured_labels(data.classes) if data.classes else None
        self._sky = _sky(method, labels)
        self._pairs = PairedSamples(data.day, data.night)
        self._start = start_networks(method, len(data.classes), run.seed)
        self._average = WeightAverage(nn.Module(), 0.0)  # empty until the stage is entered
        self._steps = 0
        self._validation = RgbValidation(
            data.validation,
            _true_classes(method, data.classes),
            (method.min_depth, method.max_depth),
            method.protocol,
            method.validation_limit,
        )
        self._make_batch = BatchMaker(
            self._pairs,
            Augmentation(
                method.max_zoom,
                method.flip_probability,
                method.jitter_probability,
                motion=method.trains_pose,
            ),
        )
        _check(method, data)

    def sample_count(self) -> int:
        """Return the number of day or night triplets, whichever is larger."""
        return len(self._pairs)

    def enter(self, stage: Stage, accelerator: 'Accelerator') -> None:
        """Make the optimiser."""
        self._accelerator = accelerator
        network, pose = self._start.network, self._start.pose
        processes = accelerated_processes(accelerator)
        if processes.count > 1:
            from thermal_depth_ros.networks.global_norm import convert as share_statistics

            share_statistics(network)
            share_statistics(pose)
        self._objective = self._make_objective(processes)
        self._freeze()
        self._objective.to(accelerator.device)
        widths = (self._start.architecture[f'{part}_width'] for part in ('encoder', 'light'))
        arrange_rgb(self._objective, max(widths), accelerator.device)
        compile_in_place(self._objective, self._run.compile, accelerator.device, processes.count)
        trained = trainable_parameters(self._objective)
        optimiser = torch.optim.Adam(trained, lr=self._method.learning_rate, fused=True)
        self._module, self._optimiser = accelerator.prepare(self._objective, optimiser)
        self._average = WeightAverage(self._objective, self._method.average_decay)
        kept = set() if self._method.trains_pose else {'pose'}
        self._start.untrained &= kept

    def load(self, keys: Sequence[SampleKey]) -> RgbBatch:
        """Return a batch; see `BatchMaker`."""
        return self._make_batch(keys)

    def step(self, batch: RgbBatch) -> StepResult:
        """Run one training step."""
        for group in self._optimiser.param_groups:
            group['lr'] = self._method.learning_rate * self._rate_factor()
        training_mode(self._objective)
        loss: RgbLoss = self._module(batch)
        self._optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(loss.total)
        self._optimiser.step()
        self._steps += 1
        self._average.update()
        return StepResult(
            loss.logged(),
            lambda: step_pictures(batch, loss.maps, self._data.classes, self._objective.depths),
        )

    def state(self) -> dict[str, Any]:
        """Return weights, optimiser, moving average and position in the schedule."""
        return {
            'networks': self._objective.state_dict(),
            'optimiser': self._optimiser.state_dict(),
            'average': self._average.state(),
            'steps': self._steps,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore the result of `state`."""
        self._objective.load_state_dict(state['networks'])
        self._optimiser.load_state_dict(state['optimiser'])
        lay_out_state(self._optimiser)
        self._average.load_state(state['average'])
        self._steps = int(state['steps'])

    def end_epoch(self) -> None:
        """Do nothing: the learning rate follows the steps."""

    def validate(self) -> dict[str, float]:
        """Validate the averaged network on day and night images."""
        if not self._accelerator.is_main_process:
            return {}
        with self._average.applied():
            self._objective.eval()
            return self._validation(self._start.network, self._accelerator.device)

    def export(self, folder: Path, report: Mapping[str, Any]) -> Path:
        """Write the bundle of the averaged networks."""
        with self._average.applied():
            return export_bundle(folder, self._start, self._method, self._data, report)

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name the day and night triplets."""
        return [self._pairs.describe(key) for key in keys]

    def _make_objective(self, processes: Processes) -> MonocularObjective:
        start, method = self._start, self._method
        if not isinstance(method, RgbTrainingConfig):
            return MonocularObjective(start.network, start.pose, method)
        weights = self._class_weights(method)
        return RgbObjective(start.network, start.pose, method, self._sky, processes, weights)

    def _class_weights(self, method: RgbTrainingConfig) -> torch.Tensor | None:
        """Return the class weights (C,) by inverse frequency; None without balancing."""
        data = self._data
        if not method.class_balance:
            return None
        domains = [domain for domain in (data.day, data.night) if domain is not None]
        shares = class_shares(domains, len(data.classes), method.label_threshold)
        return torch.from_numpy(balanced_weights(shares, method.class_balance)).float()

    def _freeze(self) -> None:
        """Freeze the parameters that no loss depends on."""
        self._start.pose.requires_grad_(self._method.trains_pose)
        method = self._method
        if isinstance(method, RgbTrainingConfig) and method.segmentation_scales == FINEST:
            outputs = self._start.network.seg_decoder.outputs
            assert isinstance(outputs, nn.ModuleList)
            for output in list(outputs)[1:]:
                output.requires_grad_(False)

    def _rate_factor(self) -> float:
        per_epoch = max(self.sample_count() // self._run.batch_size, 1)
        return rate_factor(self._steps, per_epoch, self._method)


def rate_factor(step: int, steps_per_epoch: int, method: MonocularConfig) -> float:
    """Return the learning rate of a step, relative to the first."""
    factor = min(1.0, (step + 1) / method.warmup_steps) if method.warmup_steps else 1.0
    if method.schedule == STEP:
        falls = step // steps_per_epoch // method.step_epochs
        return factor * method.step_factor**falls
    if method.schedule == POLY:
        left = 1.0 - step / (steps_per_epoch * method.epochs)
        return factor * max(left, 0.0) ** method.poly_power
    return factor


def _sky(method: MonocularConfig, labels: LabelSet | None) -> int | None:
    """Return the class id of the sky; None if the labels have none."""
    if labels is None or not isinstance(method, RgbTrainingConfig) or not method.sky_class:
        return None
    if method.sky_class not in labels.names:
        raise SettingsError(
            f'sky_class: {method.sky_class!r} is not one of {", ".join(labels.names)}; give '
            "'' where there is no sky"
        )
    return labels.names.index(method.sky_class)


def _true_classes(method: MonocularConfig, names: tuple[str, ...]) -> LabelMap:
    if not isinstance(method, RgbTrainingConfig) or not method.true_label_map:
        return LabelMap(names)
    try:
        return read_label_map(Path(method.true_label_map).expanduser(), names)
    except EvaluationError as error:
        raise SettingsError(f'true_label_map: {error}') from error


def _check(method: MonocularConfig, data: RgbData) -> None:
    """Compare the settings with the recordings."""
    if method.pose_source == NETWORK:
        return
    domains = {'by day': data.day, 'by night': data.night}
    without = [
        light
        for light, domain in domains.items()
        if domain is not None and not domain.samples.has_poses
    ]
    if without:
        raise SettingsError(
            f'pose_source: {method.pose_source} needs the pose of every image, '
            f'{" and ".join(without)}; give pose_topic'
        )
