# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Accumulators of metrics over images and drives, for validation in training and `evaluate`.

Each accumulator is small, can be pickled, and merges with one that was filled elsewhere.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.metrics.baselines import (
    BlindClassAccumulator,
    BlindClasses,
    BlindDepth,
    BlindDepthAccumulator,
)
from thermal_depth_ros.metrics.depth import (
    UNKNOWN,
    DepthMetrics,
    DepthProtocol,
    counted_depths,
    depth_pairs,
    mean_of_sums,
)
from thermal_depth_ros.metrics.distance_bins import DistanceBin, DistanceBins, image_errors
from thermal_depth_ros.metrics.pose import (
    SNIPPET_LENGTH,
    PoseScore,
    pose_score,
    sequence_errors,
    straight_ahead,
    turning_rad,
)
from thermal_depth_ros.metrics.segmentation import (
    ALL,
    IGNORED,
    SegmentationScore,
    class_scores,
    confusion,
    listed_classes,
    mean_iou,
    pixel_accuracy,
)
from thermal_depth_ros.metrics.streaming import RunningMedian, RunningSpread

_METRICS = len(dataclasses.fields(DepthMetrics))
# Relative to the step between two frames, and in rad: a baseline error below this is rounding of
# the poses, so that a ratio to it is meaningless.
_ROUNDING = 1e-6


@dataclasses.dataclass(frozen=True)
class DepthEvaluation:
    """Depth metrics averaged over images with equal weights."""

    scaled: DepthMetrics  # each prediction scaled by the ratio of medians
    metric: DepthMetrics  # predictions as they are; NaN if the truth is up to scale
    median_ratio: float  # median over images of median(gt) / median(prediction); likewise
    ratio_std: float  # standard deviation of the ratios, relative to their median
    images: int
    empty_images: int  # skipped: no valid ground truth, or no prediction there
    pixels: int
    withheld_pixels: int  # valid ground truth without a prediction (NaN)
    by_distance: tuple[DistanceBin, ...]
    # Predictors that never look at the image; None with fewer than two images.
    fixed_map: BlindDepth | None
    constant: BlindDepth | None
    up_to_scale: bool = False  # true depth is known up to one factor, and `by_distance` is empty


@dataclasses.dataclass(frozen=True, eq=False)
class DepthImage:
    """Metrics of one image, scaled and as predicted."""

    scaled: DepthMetrics
    metric: DepthMetrics
    median_ratio: float
    pixels: int  # compared
    withheld: int  # with ground truth, but without a prediction (NaN)
    distance_sums: np.ndarray  # (bins, 5), see ImageErrors


class DepthAccumulator:
    """Accumulates depth metrics by one protocol, with and without median scaling."""

    def __init__(self, protocol: DepthProtocol, *, up_to_scale: bool = False) -> None:
        """Start empty; `up_to_scale` tells whether true depth is known up to one factor."""
        self.up_to_scale = up_to_scale
        self._scaled = dataclasses.replace(protocol, median_scaling=True)
        self._metric = dataclasses.replace(protocol, median_scaling=False)
        self._sums = np.zeros((2, _METRICS))  # of the images, scaled and metric
        self._ratios, self._median_ratio = RunningSpread(), RunningMedian()
        self._empty = self._pixels = self._withheld = 0
        self._refused_m: tuple[float, float] | None = None  # least and greatest
        self._bins = DistanceBins()
        self._blind = BlindDepthAccumulator(protocol)

    def add(self, gt_m: np.ndarray, predicted_m: np.ndarray) -> DepthImage | None:
        """Score a prediction (h, w) against ground truth (H, W), both in metres.

        Returns:
            The metrics of this image, or None if it has no valid pixel and is only counted.
        """
        pairs = depth_pairs(gt_m, predicted_m, self._scaled)
        scaled = None if pairs is None else counted_depths(pairs, self._scaled)
        metric = None if pairs is None else counted_depths(pairs, self._metric)
        if pairs is None or scaled is None or metric is None:
            self._empty += 1
            self._refuse(gt_m[np.isfinite(gt_m) & (gt_m != 0)])
            return None
        errors = image_errors(*scaled, metric[1])
        self._bins.add(errors.distance_sums)
        image = DepthImage(
            scaled=errors.scaled,
            metric=errors.metric,
            median_ratio=pairs.median_ratio,
            pixels=len(scaled[0]),
            withheld=pairs.withheld,
            distance_sums=errors.distance_sums,
        )
        self._sums += image.scaled.row, image.metric.row
        self._ratios.add(image.median_ratio)
        self._median_ratio.add(image.median_ratio)
        self._pixels += image.pixels
        self._withheld += image.withheld
        self._blind.add(pairs)
        return image

    def merge(self, other: 'DepthAccumulator') -> None:
        """Merge another accumulator of the same protocol.

        Raises:
            ValueError: One true depth is in metres and the other is not.
        """
        if other.up_to_scale != self.up_to_scale and other.images:
            raise ValueError('depth in metres and up to scale cannot be evaluated together')
        self._sums += other._sums
        self._ratios.merge(other._ratios)
        self._median_ratio.merge(other._median_ratio)
        self._empty += other._empty
        self._refuse(np.array(other._refused_m or ()))
        self._pixels += other._pixels
        self._withheld += other._withheld
        self._bins.merge(other._bins)
        self._blind.merge(other._blind)

    @property
    def refused(self) -> str:
        """Range of the true depth in images without a valid pixel, in words; '' without any."""
        if self._refused_m is None:
            return ''
        least, greatest = self._refused_m
        protocol = self._metric
        most = min(protocol.max_gt_m, protocol.cap_m)
        return (
            f'its values are {least:.6g} to {greatest:.6g}, and those from {protocol.min_gt_m:g} '
            f'to {most:g} m count'
        )

    def _refuse(self, values: np.ndarray) -> None:
        if values.size:
            known = self._refused_m or (np.inf, -np.inf)
            least, greatest = float(values.min()), float(values.max())
            self._refused_m = min(known[0], least), max(known[1], greatest)

    def keep_baselines(self, pixels: int) -> None:
        """Keep at most so many pixels for the predictors that never look at the image."""
        self._blind.keep(pixels)

    @property
    def images(self) -> int:
        """Number of images scored so far."""
        return self._ratios.count

    @property
    def empty_images(self) -> int:
        """Number of images without a valid pixel so far."""
        return self._empty

    def result(self) -> DepthEvaluation:
        """Return the metrics over all images.

        Raises:
            ValueError: No image had a valid pixel.
        """
        scaled, metric = (mean_of_sums(sums, self.images) for sums in self._sums)
        middle = self._median_ratio.median
        ratio_std = self._ratios.deviation / middle
        blind = self._blind.result()
        fixed_map, constant = (blind.fixed_map, blind.constant) if blind else (None, None)
        if self.up_to_scale:
            metric, middle = UNKNOWN, float('nan')
            fixed_map = fixed_map and dataclasses.replace(fixed_map, metric=UNKNOWN)
            constant = constant and dataclasses.replace(constant, metric=UNKNOWN)
        of_map = {entry.near_m: entry for entry in blind.by_distance} if blind else {}
        by_distance = tuple(
            dataclasses.replace(entry, fixed_map=of_map.get(entry.near_m))
            for entry in self._bins.result()
        )
        return DepthEvaluation(
            scaled=scaled,
            metric=metric,
            median_ratio=middle,
            ratio_std=ratio_std,
            images=self.images,
            empty_images=self._empty,
            pixels=self._pixels,
            withheld_pixels=self._withheld,
            by_distance=() if self.up_to_scale else by_distance,
            fixed_map=fixed_map,
            constant=constant,
            up_to_scale=self.up_to_scale,
        )


@dataclasses.dataclass(frozen=True)
class PoseEvaluation:
    """Snippet errors of the estimate and of the straight-ahead baseline."""

    score: PoseScore
    straight_ahead: PoseScore
    turned_rad: float  # sum of the absolute turns of all drives
    heading_range_rad: float  # widest range of heading within one drive
    drives: int
    short_drives: int  # skipped: shorter than a snippet
    path_m: float  # total true length of all drives

    @property
    def ate_of_straight_ahead(self) -> float | None:
        """ATE relative to that of the straight-ahead baseline; None if the baseline is exact."""
        baseline = self.straight_ahead.ate_mean
        frames = self.score.snippets + self.drives * (SNIPPET_LENGTH - 1)
        rounding_m = _ROUNDING * self.path_m / frames
        return self.score.ate_mean / baseline if baseline > rounding_m else None

    @property
    def re_of_straight_ahead(self) -> float | None:
        """RE relative to that of the straight-ahead baseline; None if the baseline is exact."""
        baseline = self.straight_ahead.re_mean_rad
        return self.score.re_mean_rad / baseline if baseline > _ROUNDING else None


class PoseAccumulator:
    """Accumulates motion metrics of uninterrupted drives."""

    def __init__(self) -> None:
        self._errors: list[np.ndarray] = []
        self._straight: list[np.ndarray] = []
        self._turned, self._range, self._path_m = 0.0, 0.0, 0.0
        self._short = 0

    def add(self, gt_T_world_camera: np.ndarray, T_consecutive: np.ndarray) -> np.ndarray | None:
        """Score motions T_{k->k+1} (N - 1, 4, 4) against camera poses (N, 4, 4).

        T_{k->k+1} maps points of camera k into camera k + 1, in any unit of length.

        Returns:
            ATE (m) and RE (rad) of every snippet (K, 2), by its first frame; None if the drive is
            shorter than a snippet and only counted.

        Raises:
            ValueError: The numbers of poses and motions do not match.
        """
        frames = len(gt_T_world_camera)
        if frames < SNIPPET_LENGTH:
            self._short += 1
            return None
        errors = sequence_errors(gt_T_world_camera, T_consecutive)
        self._errors.append(errors)
        self._straight.append(sequence_errors(gt_T_world_camera, straight_ahead(frames)))
        turned, heading_range = turning_rad(gt_T_world_camera)
        self._turned += turned
        self._range = max(self._range, heading_range)
        steps = np.diff(gt_T_world_camera[:, :3, 3], axis=0)
        self._path_m += float(np.linalg.norm(steps, axis=1).sum())
        return errors

    def merge(self, other: 'PoseAccumulator') -> None:
        """Merge the drives of another scoreboard."""
        self._errors += other._errors
        self._straight += other._straight
        self._turned += other._turned
        self._range = max(self._range, other._range)
        self._short += other._short
        self._path_m += other._path_m

    @property
    def drives(self) -> int:
        """Number of drives scored so far."""
        return len(self._errors)

    @property
    def short_drives(self) -> int:
        """Number of drives so far that are shorter than a snippet."""
        return self._short

    def result(self) -> PoseEvaluation:
        """Return the metrics over all snippets of all drives.

        Raises:
            ValueError: No drive was as long as a snippet.
        """
        nothing = np.empty((0, 2))
        return PoseEvaluation(
            score=pose_score(np.concatenate([nothing, *self._errors])),
            straight_ahead=pose_score(np.concatenate([nothing, *self._straight])),
            turned_rad=self._turned,
            heading_range_rad=self._range,
            drives=len(self._errors),
            short_drives=self._short,
            path_m=self._path_m,
        )


class ConfusionMatrix:
    """Confusion matrix of true and predicted classes."""

    def __init__(self, names: Sequence[str]) -> None:
        """Start empty; a class id is the index of its name."""
        self.names = tuple(names)
        self.counts = np.zeros((len(self.names), len(self.names) + 1), np.int64)
        self._images = self._empty = 0
        self._blind = BlindClassAccumulator()

    def add(self, gt: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """Add an image of class ids (H, W); 255 is unlabelled.

        Returns:
            The counts (C, C + 1) of this image: by true class, then by predicted class, the last
            column for unlabelled.

        Raises:
            ValueError: The sizes differ, or an id is not one of the classes nor 255.
        """
        counts = confusion(gt, predicted, len(self.names))
        self.counts += counts
        self._images += 1
        self._empty += not counts.any()
        self._blind.add(gt, IGNORED)
        return counts

    def merge(self, other: 'ConfusionMatrix') -> None:
        """Add the counts of another matrix.

        Raises:
            ValueError: Its classes differ.
        """
        if other.names != self.names:
            raise ValueError(f'classes {other.names} are not {self.names}')
        self.counts += other.counts
        self._images += other._images
        self._empty += other._empty
        self._blind.merge(other._blind)

    def keep_baselines(self, pixels: int) -> None:
        """Keep at most so many pixels for the predictors that never look at the image."""
        self._blind.keep(pixels)

    def result(self, listed: str | Sequence[str] = ALL) -> SegmentationScore:
        """Return IoU by class and its mean over a preset, ALL, or the classes named.

        Raises:
            ValueError: A listed class is not one of the label set's.
        """
        chosen = listed_classes(listed, self.names)
        classes = class_scores(self.counts, self.names)
        return SegmentationScore(
            classes=classes,
            listed=chosen,
            miou=mean_iou(classes, chosen),
            pixels=int(self.counts.sum()),
            images=self._images,
            empty_images=self._empty,
            pixel_accuracy=pixel_accuracy(self.counts),
            fixed_map=self._fixed_map(chosen),
        )

    def _fixed_map(self, listed: Sequence[str]) -> BlindClasses | None:
        counts = self._blind.confusion(len(self.names))
        if counts is None:
            return None
        classes = class_scores(counts, self.names)
        accuracy = pixel_accuracy(counts)
        assert accuracy is not None, 'an image without a labelled pixel is not kept'
        iou = {entry.name: entry.iou for entry in classes}
        return BlindClasses(mean_iou(classes, listed), accuracy, self._blind.images, iou)
