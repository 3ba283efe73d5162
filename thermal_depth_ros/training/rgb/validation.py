# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Validation of an RGB network on day and night images."""

import dataclasses

import numpy as np
import torch

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.labels import LabelMap
from thermal_depth_ros.geometry.focal import mean_focal_px
from thermal_depth_ros.metrics.accumulators import ConfusionMatrix, DepthAccumulator
from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.reliability import fit_temperature
from thermal_depth_ros.metrics.segmentation import ALL, IGNORED
from thermal_depth_ros.networks.depthseg import DepthSegNet, DepthSegOutput
from thermal_depth_ros.networks.disparity import sigmoid_to_depth
from thermal_depth_ros.samples.recorded_maps import resized_labels
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.rgb.data import ValidationSet
from thermal_depth_ros.training.video.validation import depth_metrics, evenly_spread

_BATCH = 4
_PIXELS = 1 << 12  # of a frame, to fit a temperature to
_FEWEST_PIXELS = 1000
_DEPTH_ERRORS = ('abs_rel', 'rmse', 'delta1', 'abs_rel_metric')
_DEPTH_METRICS = (
    *_DEPTH_ERRORS,
    'median_ratio',
    *(f'{name}{end}' for end in (FIXED_MAP, CONSTANT) for name in _DEPTH_ERRORS),
)


@dataclasses.dataclass(frozen=True)
class RgbValidation:
    """Measures depth where there is true depth, and classes where there are true classes."""

    sets: dict[str, ValidationSet]  # by light
    classes: LabelMap  # from true ids; without names if there are no classes
    depth_range: tuple[float, float]
    protocol: str
    limit: int  # images for each of day and night; 0: all
    canonical_px: float  # focal length of the camera for which the network predicts metres
    listed: str | tuple[str, ...] = ALL  # classes over which mIoU is averaged

    def __call__(self, network: DepthSegNet, device: torch.device) -> dict[str, float]:
        """Return metrics by name, prefixed by day or night; {} without ground truth.

        Names ending in `_metric` are without median scaling; `miou` is in percent, over the
        listed classes that were seen. The network must be in evaluation mode.

        Raises:
            TrainingError: The true classes belong to another label set.
        """
        metrics: dict[str, float] = {}
        with torch.inference_mode():
            for light, data in self.sets.items():
                try:
                    figures = self._metrics(network, data, device)
                except EvaluationError as error:
                    raise TrainingError(f'true_label_map: {error}') from error
                metrics |= {f'{light}_{name}': value for name, value in figures.items()}
        return metrics

    def temperature(self, network: DepthSegNet, device: torch.device) -> float | None:
        """Return the temperature of the class logits that fits the true classes.

        It is found for the finest output, whose probabilities the nodes publish. None without
        true classes. The network must be in evaluation mode.

        Raises:
            TrainingError: The true classes belong to another label set.
        """
        found = []
        with torch.inference_mode():
            for data in self.sets.values():
                try:
                    found += self._logits(network, data, device)
                except EvaluationError as error:
                    raise TrainingError(f'true_label_map: {error}') from error
        if sum(len(labels) for _, labels in found) < _FEWEST_PIXELS:
            return None
        logits, labels = (np.concatenate(part) for part in zip(*found, strict=True))
        return fit_temperature(logits, labels)

    def _logits(
        self, network: DepthSegNet, data: ValidationSet, device: torch.device
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return logits (N, C) and true classes (N,) at some pixels of each labelled image."""
        found = []
        has_labels = any(store is not None for store in data.labels) and network.n_classes > 0
        count = data.samples.frame_count if has_labels else 0
        for index in evenly_spread(count, self.limit):
            truth = data.true_labels(index)
            if truth is not None:
                where = data.samples.frame(index).where
                known = self.classes.apply(truth.astype(np.int64), where)
                image = _input(data, [index]).to(device)
                logits = network(image, depth_scales=0, class_scales=1).logits[0][0]
                found.append(_labelled_logits(logits.float().cpu().numpy(), known))
        return found

    def _metrics(
        self, network: DepthSegNet, data: ValidationSet, device: torch.device
    ) -> dict[str, float]:
        depth = DepthAccumulator(PROTOCOLS[self.protocol])
        matrix = ConfusionMatrix(self.classes.names)
        has_labels = data.has_labels and network.n_classes > 0
        if not data.has_depth and not has_labels:
            return {}
        chosen = evenly_spread(data.samples.frame_count, self.limit)
        for first in range(0, len(chosen), _BATCH):
            frames = chosen[first : first + _BATCH]
            image = _input(data, frames).to(device)
            out = network(image, depth_scales=1, class_scales=1 if has_labels else 0)
            self._add_depth(depth, data, frames, out)
            if has_labels:
                self._add_classes(matrix, data, frames, out)
        measured = depth_metrics(depth)
        metrics = {name: measured[name] for name in _DEPTH_METRICS if name in measured}
        if not matrix.counts.any():
            return metrics
        classes = matrix.result(self.listed)
        fixed = classes.fixed_map.miou if classes.fixed_map is not None else None
        for name, miou in (('miou', classes.miou), (f'miou{FIXED_MAP}', fixed)):
            if miou is not None:
                metrics[name] = 100.0 * miou
        return metrics

    def _add_depth(
        self, score: DepthAccumulator, data: ValidationSet, frames: list[int], out: DepthSegOutput
    ) -> None:
        predicted = sigmoid_to_depth(out.disparities[0].float(), *self.depth_range)
        for index, depth in zip(frames, predicted[:, 0].cpu().numpy(), strict=True):
            truth_m = data.true_depth_m(index)
            if truth_m is not None:
                ratio = mean_focal_px(data.samples.frame_K(index)) / self.canonical_px
                score.add(truth_m, depth * np.float32(ratio))

    def _add_classes(
        self, matrix: ConfusionMatrix, data: ValidationSet, frames: list[int], out: DepthSegOutput
    ) -> None:
        best = out.logits[0].argmax(1).to(torch.uint8).cpu().numpy()
        for index, labels in zip(frames, best, strict=True):
            truth = data.true_labels(index)
            if truth is not None:
                known = self.classes.apply(truth.astype(np.int64), data.samples.frame(index).where)
                matrix.add(known, resized_labels(labels, known.shape))


def _labelled_logits(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (N, C) and classes (N,) at some labelled pixels.

    Args:
        logits: (C, h, w).
        labels: (H, W) class ids.
    """
    rows, columns = np.nonzero(labels != IGNORED)
    chosen = np.random.default_rng(len(rows)).permutation(len(rows))[:_PIXELS]
    rows, columns = rows[chosen], columns[chosen]
    (height, width), (h, w) = labels.shape, logits.shape[1:]
    return logits[:, rows * h // height, columns * w // width].T, labels[rows, columns]


def _input(data: ValidationSet, frames: list[int]) -> torch.Tensor:
    """Return images (N, 3, H, W) in [0, 1]."""
    images = np.stack([data.samples.frame(index).image for index in frames])
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255.0
