# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Predictors that never look at the image: what a network has to beat.

The fixed map is the mean inverse depth, or the most frequent class, at every place of the image;
the constant is one inverse depth for all places. For every image, both are made from all other
images of the same set, so that no image predicts itself.
"""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from thermal_depth_ros.metrics.depth import (
    DepthMetrics,
    DepthPairs,
    DepthProtocol,
    counted_depths,
    mean_metrics,
    median_ratio,
)
from thermal_depth_ros.metrics.distance_bins import (
    DistanceBin,
    DistanceBins,
    ImageErrors,
    image_errors,
)

GRID = (48, 80)  # cells of a map, whatever the size of the images
MOST_PIXELS = 1 << 14  # kept of an image, spread evenly
FEWEST_PIXELS = 1 << 12  # kept of an image when there are many; then images are left out
MOST_KEPT = 1 << 20  # pixels of one accumulator, before it is merged with others
FIXED_MAP, CONSTANT = '_fixed_map', '_constant'  # end the names of their metrics in a flat table
_CELLS = GRID[0] * GRID[1]
_GOLDEN = 0.5 * (5**0.5 - 1)


@dataclasses.dataclass(frozen=True)
class BlindDepth:
    """Depth metrics of one predictor that never looks at the image; means over images."""

    scaled: DepthMetrics
    metric: DepthMetrics
    images: int


@dataclasses.dataclass(frozen=True, eq=False)
class BlindPredictions:
    """Depths (N,) m at some pixels of an image: true ones, and those of both predictors."""

    gt_m: np.ndarray
    fixed_map_m: np.ndarray
    constant_m: np.ndarray
    pixels: int  # of which these are a part


@dataclasses.dataclass(frozen=True)
class BlindDepthEvaluation:
    """Both predictors, and the errors of the fixed map by true distance."""

    fixed_map: BlindDepth
    constant: BlindDepth
    by_distance: tuple[DistanceBin, ...]


@dataclasses.dataclass(frozen=True)
class BlindClasses:
    """Class metrics of the map of most frequent classes."""

    miou: float | None  # None if no listed class occurs
    pixel_accuracy: float
    images: int
    iou: Mapping[str, float | None]  # by class; None if it is neither true nor predicted


@dataclasses.dataclass(frozen=True, eq=False)
class _Sample:
    """Some pixels of an image."""

    cells: np.ndarray  # (N,) uint16
    truth: np.ndarray  # (N,) float64 depth in m, or uint8 class
    pixels: int  # of which these are a part

    def thinned(self, most: int) -> '_Sample':
        places = _spread_places(len(self.cells), most)
        return _Sample(self.cells[places], self.truth[places], self.pixels)


class _Samples:
    """Pixels of images, spread evenly over each image and over the images added."""

    def __init__(self) -> None:
        self.images: list[_Sample] = []
        self._most_pixels, self._stride, self._seen = MOST_PIXELS, 1, 0

    def add(self, pixels: np.ndarray, truth: np.ndarray, shape: tuple[int, ...]) -> None:
        """Add the pixels (N,) of an image of a shape (H, W), by their indices, and their truth."""
        self._seen += 1
        if (self._seen - 1) % self._stride:
            return
        places = _spread_places(len(pixels), self._most_pixels)
        cells = _cells(pixels[places], shape)
        self.images.append(_Sample(cells, truth[places], len(pixels)))
        self.keep(MOST_KEPT)

    def keep(self, pixels: int) -> None:
        """Keep at most so many pixels, but those of one image."""
        while sum(len(image.cells) for image in self.images) > pixels and len(self.images) > 1:
            self._thin()

    def _thin(self) -> None:
        if self._most_pixels > FEWEST_PIXELS:
            self._most_pixels //= 2
            self.images = [image.thinned(self._most_pixels) for image in self.images]
        else:
            self.images, self._stride = self.images[::2], 2 * self._stride

    def merge(self, other: '_Samples') -> None:
        """Add all that another keeps, so that any order of merging gives the same set."""
        self.images = self.images + other.images


class BlindDepthAccumulator:
    """Collects true depth to score the fixed map and the constant."""

    def __init__(self, protocol: DepthProtocol) -> None:
        self._scaled = dataclasses.replace(protocol, median_scaling=True)
        self._metric = dataclasses.replace(protocol, median_scaling=False)
        self._kept = _Samples()

    def add(self, pairs: DepthPairs) -> None:
        """Add the pixels of an image that were compared with a network."""
        self._kept.add(pairs.pixels, pairs.gt_m, pairs.shape)

    def merge(self, other: 'BlindDepthAccumulator') -> None:
        """Add the images of another accumulator of the same protocol."""
        self._kept.merge(other._kept)

    def keep(self, pixels: int) -> None:
        """Keep at most so many pixels."""
        self._kept.keep(pixels)

    def predictions(self) -> Iterator[BlindPredictions]:
        """Yield what both predictors say of each image; nothing below two images."""
        images = self._kept.images
        if len(images) < 2:
            return
        sums, counts = np.zeros(_CELLS), np.zeros(_CELLS)
        for image in images:
            sums += _summed(image.cells, 1.0 / image.truth)
            counts += _summed(image.cells)
        for image in images:
            other_counts = counts - _summed(image.cells)
            other_sums = sums - _summed(image.cells, 1.0 / image.truth)
            other_sums[other_counts == 0] = 0.0  # not the rounding of the difference
            fixed_m = 1.0 / _filled(other_sums[None], other_counts)[0, image.cells]
            constant_m = np.full(len(fixed_m), other_counts.sum() / other_sums.sum())
            yield BlindPredictions(image.truth, fixed_m, constant_m, image.pixels)

    def result(self) -> BlindDepthEvaluation | None:
        """Return the metrics of the fixed map and of the constant; None below two images."""
        fixed_map, constant = [], []
        bins = DistanceBins()
        for image in self.predictions():
            if (errors := self._errors(image.gt_m, image.fixed_map_m)) is None:
                continue
            fixed_map.append((errors.scaled, errors.metric))
            bins.add(errors.distance_sums, image.pixels / len(image.gt_m))
            errors = self._errors(image.gt_m, image.constant_m)
            assert errors is not None, 'the cap is one of ground truth'
            constant.append((errors.scaled, errors.metric))
        if not fixed_map:
            return None
        return BlindDepthEvaluation(_mean(fixed_map), _mean(constant), bins.result())

    def _errors(self, gt_m: np.ndarray, predicted_m: np.ndarray) -> ImageErrors | None:
        """Return the errors of the depths that the protocol counts; None if it counts none."""
        pairs = DepthPairs(gt_m, predicted_m, median_ratio(gt_m, predicted_m), 0)
        scaled = counted_depths(pairs, self._scaled)
        metric = counted_depths(pairs, self._metric)
        if scaled is None or metric is None:
            return None
        return image_errors(*scaled, metric[1])


class BlindClassAccumulator:
    """Collects true classes to score the map of most frequent classes."""

    def __init__(self) -> None:
        self._kept = _Samples()

    def add(self, gt: np.ndarray, ignored: int) -> None:
        """Add the true class ids (H, W) of an image."""
        pixels = np.flatnonzero(gt != ignored)
        if len(pixels):
            self._kept.add(pixels, gt.reshape(-1)[pixels].astype(np.uint8), gt.shape)

    def merge(self, other: 'BlindClassAccumulator') -> None:
        """Add the images of another."""
        self._kept.merge(other._kept)

    def keep(self, pixels: int) -> None:
        """Keep at most so many pixels."""
        self._kept.keep(pixels)

    @property
    def images(self) -> int:
        """Number of images kept."""
        return len(self._kept.images)

    def confusion(self, classes: int) -> np.ndarray | None:
        """Return the confusion matrix (C, C + 1) of the map; None below two images."""
        images = self._kept.images
        if len(images) < 2:
            return None
        total = np.zeros((classes, _CELLS))
        for image in images:
            total += _class_counts(image, classes)
        confusion = np.zeros((classes, classes + 1))
        for image in images:
            others = total - _class_counts(image, classes)
            frequent = _filled(others, others.sum(axis=0)).argmax(axis=0)[image.cells]
            np.add.at(confusion, (image.truth, frequent), image.pixels / len(image.cells))
        return confusion


def _mean(rows: list[tuple[DepthMetrics, DepthMetrics]]) -> BlindDepth:
    scaled, metric = zip(*rows, strict=True)
    return BlindDepth(mean_metrics(scaled), mean_metrics(metric), len(rows))


def _spread_places(count: int, most: int) -> np.ndarray:
    """Return at most so many indices below `count`, one in each of equal parts."""
    if count <= most:
        return np.arange(count)
    part = np.arange(most)
    # Varying places within the parts: equal steps could always meet the same columns.
    offset = (part * _GOLDEN) % 1.0
    places: np.ndarray = ((part + offset) * (count / most)).astype(np.int64)
    return places


def _cells(pixels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the cell (N,) of each pixel, given by its index in an image of a shape (H, W)."""
    rows, columns = np.divmod(pixels, shape[1])
    cells = (rows * GRID[0] // shape[0]) * GRID[1] + columns * GRID[1] // shape[1]
    return cells.astype(np.uint16)


def _summed(cells: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
    """Return the sum of values (N,), or their number, in each cell."""
    return np.bincount(cells, values, minlength=_CELLS)


def _class_counts(image: _Sample, classes: int) -> np.ndarray:
    """Return the number of pixels (C, cells) of each class in each cell."""
    places = image.truth.astype(np.int64) * _CELLS + image.cells
    return np.bincount(places, minlength=classes * _CELLS).reshape(classes, _CELLS)


def _filled(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return means (K, cells) of sums; a cell never seen has the mean of its surroundings.

    The surroundings are the smallest block of 2x2, 4x4, ... cells, up to the whole map, with a
    pixel in it.
    """
    sums, counts = sums.reshape(-1, *GRID), counts.reshape(1, *GRID)
    if (counts > 0).all():
        return (sums / counts).reshape(len(sums), -1)
    return _means(sums, counts).reshape(len(sums), -1)


def _means(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return means (K, h, w) of sums, filled from maps of half the size."""
    height, width = counts.shape[1:]
    if (counts > 0).all() or height == width == 1:
        means: np.ndarray = sums / counts
        return means
    pad = ((0, 0), (0, height % 2), (0, width % 2))
    coarse_sums, coarse_counts = (
        np.pad(values, pad).reshape(len(values), -(-height // 2), 2, -(-width // 2), 2).sum((2, 4))
        for values in (sums, counts)
    )
    coarse = _means(coarse_sums, coarse_counts)
    spread = coarse.repeat(2, axis=1).repeat(2, axis=2)[:, :height, :width]
    return np.where(counts > 0, sums / np.maximum(counts, 1), spread)
