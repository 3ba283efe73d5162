# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24 and its daytime depth teacher as tasks: one stage on RGB triplets."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles.labels import coloured_labels
from thermal_depth_ros.bundles.sections import Calibration
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.labels import LabelMap, read_label_map
from thermal_depth_ros.losses.masked import Processes
from thermal_depth_ros.messages.pictures import class_overlay
from thermal_depth_ros.metrics.segmentation import listed_classes
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.trainable import freeze_normalisation
from thermal_depth_ros.pages.colouring import DepthRange, depth_picture, depth_range
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import SampleKey, Stage
from thermal_depth_ros.training.rgb.batch import Augmentation, BatchMaker, PairedSamples, RgbBatch
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.data import RgbData
from thermal_depth_ros.training.rgb.export import export_bundle
from thermal_depth_ros.training.rgb.monocular_config import (
    COARSER,
    FINEST,
    FROZEN,
    LATE,
    OF_BUNDLE,
    MonocularConfig,
)
from thermal_depth_ros.training.rgb.monocular_objective import (
    ImageKind,
    MonocularObjective,
    RgbLoss,
    RgbMaps,
    network_images,
)
from thermal_depth_ros.training.rgb.objective import RgbObjective
from thermal_depth_ros.training.rgb.start import arrange, start_networks
from thermal_depth_ros.training.rgb.validation import RgbValidation
from thermal_depth_ros.training.video.effects.picture import EFFECTS, effects_picture
from thermal_depth_ros.training.video.task import VideoTask

FROZEN_STAGE = 'frozen_encoder'
_OPACITY = 0.6  # of classes over an image


class MonocularTask(VideoTask):
    """Depth from daytime RGB video: the depth teacher.

    Raises:
        SettingsError: The settings require data that the recordings or labels lack.
        BundleError: The start bundle cannot be used.
    """

    _method: MonocularConfig
    _objective: MonocularObjective

    def __init__(self, method: MonocularConfig, run: RunConfig, data: RgbData) -> None:
        super().__init__(method, run)
        _check(method, data)
        self.stages = stages_of(method)
        self.notes = data.notes
        self._data, self._pairs = data, PairedSamples(data.day, data.night)
        self._start = start_networks(method, len(data.classes), run.seed)
        self._validation = RgbValidation(
            data.validation,
            self._true_classes(),
            (method.min_depth, method.max_depth),
            method.protocol,
            method.validation_limit,
            self._start.canonical_px(data.opened.camera),
            self._listed_classes(),
        )
        self._make_batch = BatchMaker(
            self._pairs,
            Augmentation(
                method.max_zoom,
                method.flip_probability,
                method.jitter_probability,
                method.max_aspect,
                data.effects,
                motion=method.trains_pose,
                neighbours_by_day=method.compares_by_day,
                neighbours_by_night=method.compares_by_night,
                compare_within_m=method.compare_within_m,
                depth=method.depth_weight > 0,
                far_depth_m=method.far_depth_m,
            ),
            self._start.canonical_px(data.opened.camera),
        )

    def sample_count(self) -> int:
        """Return the number of day or night triplets, whichever is larger."""
        return len(self._pairs)

    def load(self, keys: Sequence[SampleKey]) -> RgbBatch:
        """Return a batch; see `BatchMaker`."""
        return self._make_batch(keys)

    def describe(self, keys: Sequence[SampleKey]) -> list[str]:
        """Name the day and night triplets."""
        return [self._pairs.describe(key) for key in keys]

    def _true_classes(self) -> LabelMap:
        """Return the map from true class ids to the classes of the method."""
        return LabelMap(self._data.classes)

    def _listed_classes(self) -> tuple[str, ...]:
        """Return the classes over which the mIoU of the validation is averaged."""
        return self._data.classes

    def _make_objective(self, stage: Stage, processes: Processes) -> MonocularObjective:
        start, method = self._start, self._method
        encoder = start.network.encoder
        encoder.requires_grad_(stage.name != FROZEN_STAGE and method.encoder_training != FROZEN)
        if method.encoder_training == LATE:
            freeze_normalisation(encoder)
        if method.finest_depth_alone:
            _train_finest(start.network.depth_decoder)
        start.pose.requires_grad_(method.trains_pose)
        frozen = {'depthseg.light'} if self._keeps_architecture else set()
        start.untrained &= frozen if method.trains_pose else {'pose', *frozen}
        objective = self._loss(processes)
        if method.depth_scales == COARSER:
            _train_coarser(start.network)
        return objective

    def _slow_part(self) -> nn.Module | None:
        """Return the encoder if it is trained late."""
        return self._start.network.encoder if self._method.encoder_training == LATE else None

    def _rate_factor(self, steps_per_epoch: int) -> float:
        """Continue the schedule over both stages of a late encoder."""
        before = self.stages[: self.stages.index(self._stage)]
        return self._method.rate_factor(
            self._steps,
            steps_per_epoch,
            self._method.epochs,
            sum(stage.epochs for stage in before),
        )

    @property
    def _keeps_architecture(self) -> bool:
        return self._method.start_architecture == OF_BUNDLE

    def _loss(self, processes: Processes) -> MonocularObjective:
        start, method, teacher = self._start, self._method, None
        # On a frozen encoder, classes stay as they are without a loss.
        may_change = bool(method.class_weight) and method.encoder_training != FROZEN
        if self._keeps_architecture and not may_change:
            start.network.seg_decoder.requires_grad_(False)
        elif self._keeps_architecture and start.network.n_classes:
            teacher = copy.deepcopy(start.network).requires_grad_(False)
            _train_finest(start.network.seg_decoder)
        return MonocularObjective(start.network, start.pose, method, teacher)

    def _arrange(self, device: torch.device) -> None:
        widths = (self._start.architecture[f'{part}_width'] for part in ('encoder', 'light'))
        arrange(self._objective, max(widths), device)

    def _pictures(self, batch: RgbBatch, loss: RgbLoss) -> dict[str, np.ndarray]:
        pictures = step_pictures(batch, loss.maps, self._data.classes, self._objective.depths)
        if self._data.effects is not None:
            pictures[EFFECTS] = effects_picture(batch.day.images[:, 0], batch.day.target)
        return pictures

    def _measure(self, device: torch.device) -> dict[str, float]:
        return self._validation(self._start.network, device)

    def _write(self, folder: Path, report: Mapping[str, Any]) -> Path:
        calibration = None
        network = self._start.network.eval()
        temperature = self._validation.temperature(network, next(network.parameters()).device)
        if temperature is not None:
            calibration = Calibration(
                temperature=temperature, source='true classes of the validation images'
            )
        return export_bundle(folder, self._start, self._method, self._data, report, calibration)


def stages_of(method: MonocularConfig) -> tuple[Stage, ...]:
    """Return one stage; if the encoder is unfrozen late, two, each with an optimiser of its own."""
    if method.encoder_training != LATE:
        return (Stage('train', method.epochs),)
    rest = method.epochs - method.unfreeze_epoch
    return Stage(FROZEN_STAGE, method.unfreeze_epoch), Stage('train', rest)


def _train_coarser(network: DepthSegNet) -> None:
    """Freeze everything but the outputs of the coarser scales of depth."""
    network.requires_grad_(False)
    outputs = network.depth_decoder.outputs
    assert isinstance(outputs, nn.ModuleList)
    for output in list(outputs)[1:]:
        output.requires_grad_(True)


def _train_finest(decoder: nn.Module) -> None:
    """Freeze the outputs of all scales but the finest, on which alone a loss depends."""
    outputs = decoder.outputs
    assert isinstance(outputs, nn.ModuleList)
    for output in list(outputs)[1:]:
        output.requires_grad_(False)


class RgbTask(MonocularTask):
    """Depth and semantics from day and night RGB video: DepthSegNet24."""

    _method: RgbTrainingConfig

    def __init__(self, method: RgbTrainingConfig, run: RunConfig, data: RgbData) -> None:
        self._sky = _sky(method, data.classes)
        super().__init__(method, run, data)

    def _true_classes(self) -> LabelMap:
        """Return the map from true class ids to the classes of the method."""
        if not self._method.true_label_map:
            return super()._true_classes()
        try:
            path = Path(self._method.true_label_map).expanduser()
            return read_label_map(path, self._data.classes)
        except EvaluationError as error:
            raise SettingsError(f'true_label_map: {error}') from error

    def _listed_classes(self) -> tuple[str, ...]:
        """Return the classes that the settings list."""
        return listed_of(self._method.validation_classes, self._data.classes)

    def _loss(self, processes: Processes) -> RgbObjective:
        start, method = self._start, self._method
        if method.segmentation_scales == FINEST:
            _train_finest(start.network.seg_decoder)
        weights = None
        if method.class_balance:
            found = self._data.class_weights(method.class_balance, method.label_threshold)
            weights = torch.from_numpy(found).float()
        return RgbObjective(start.network, start.pose, method, self._sky, processes, weights)


def listed_of(chosen: tuple[str, ...], names: Sequence[str]) -> tuple[str, ...]:
    """Return the classes of `validation_classes`: a preset, all, or names.

    Raises:
        SettingsError: A class is not one of the names.
    """
    try:
        return listed_classes(chosen[0] if len(chosen) == 1 else chosen, names)
    except ValueError as error:
        raise SettingsError(f'validation_classes: {error}') from error


def _sky(method: RgbTrainingConfig, names: Sequence[str]) -> int | None:
    """Return the class id of the sky; None if the labels have none."""
    if not names or not method.sky_class:
        return None
    if method.sky_class not in names:
        raise SettingsError(
            f'sky_class: {method.sky_class!r} is not one of {", ".join(names)}; give '
            "'' where there is no sky"
        )
    return names.index(method.sky_class)


def _check(method: MonocularConfig, data: RgbData) -> None:
    """Compare the settings with the recordings."""
    if method.depth_weight > 0 and not any(
        domain is not None and domain.samples.has_depth for domain in (data.day, data.night)
    ):
        raise SettingsError('depth_weight: no training recording has depth; give depth_topic')
    if not method.uses_poses:
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


def step_pictures(
    batch: RgbBatch,
    maps: Mapping[ImageKind, RgbMaps],
    classes: Sequence[str],
    depths: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, np.ndarray]:
    """Return pictures (H, W, 3) uint8 by name.

    Args:
        batch: Batch of the step.
        maps: Outputs of the network.
        classes: Names, () without semantics.
        depths: Conversion from sigmoid maps to depth.
    """
    depth = {kind: depths(own.disparity[0, 0]).float().cpu().numpy() for kind, own in maps.items()}
    # NaN is possible here: losses are checked after the pictures of the step are made.
    shown = depth_range(list(depth.values())) or DepthRange(0.1, 100.0)
    pictures = {}
    for kind, images in network_images(batch).items():
        image, own = images[0], maps[kind]
        title = kind.replace('_', ' ')
        pictures[title] = _rgb(image)
        if own.light_map.any():
            pictures[f'{title}, enhanced'] = _rgb(image + own.light_map[0])
        pictures[f'{title}, depth'] = depth_picture(depth[kind], shown)
        if own.logits is not None and classes:
            best = own.logits[0].argmax(0).to(torch.uint8).cpu().numpy()
            colours = np.array(coloured_labels(classes).colours, np.uint8)
            overlay = class_overlay(pictures[title], best, colours, _OPACITY)
            pictures[f'{title}, classes'] = overlay
    return pictures


def _rgb(image: torch.Tensor) -> np.ndarray:
    levels = (image.float().nan_to_num().clamp(0, 1) * 255).byte()
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
