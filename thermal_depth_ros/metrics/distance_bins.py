# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth errors by true distance."""

import dataclasses

import numpy as np

from thermal_depth_ros.metrics.depth import DepthMetrics, blocks, metrics_of, pixel_errors

EDGES_M = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0, np.inf)
# Sums over the pixels of a bin: number, then relative error and hits, scaled and as predicted.
SUMS = ('pixels', 'scaled_abs_rel', 'scaled_delta1', 'metric_abs_rel', 'metric_delta1')


@dataclasses.dataclass(frozen=True)
class DistanceBin:
    """Errors over the pixels of all images with near_m <= truth < far_m."""

    near_m: float
    far_m: float
    pixels: int
    scaled_abs_rel: float
    scaled_delta1: float
    metric_abs_rel: float
    metric_delta1: float
    fixed_map: 'DistanceBin | None' = None  # the same of the fixed map; see metrics.baselines

    @property
    def name(self) -> str:
        """Range of the distances, m."""
        return bin_name(self.near_m, self.far_m)


def bin_name(near_m: float, far_m: float) -> str:
    """Return the name of a range of distances, m."""
    return f'{near_m:g} to {far_m:g}' if np.isfinite(far_m) else f'over {near_m:g}'


class DistanceBins:
    """Accumulates errors by distance over images."""

    def __init__(self) -> None:
        self._sums = np.zeros((len(EDGES_M) - 1, len(SUMS)))

    def add(self, sums: np.ndarray, weight: float = 1.0) -> None:
        """Add the sums (bins, 5) of an image; see ImageErrors.

        Args:
            sums: In the order of SUMS.
            weight: Number of pixels of the image that each of the summed ones stands for.
        """
        self._sums += weight * sums

    def merge(self, other: 'DistanceBins') -> None:
        """Add the sums of another."""
        self._sums += other._sums

    def result(self) -> tuple[DistanceBin, ...]:
        """Return the bins with pixels, nearest first."""
        bins = []
        for near, far, (pixels, *sums) in zip(EDGES_M, EDGES_M[1:], self._sums, strict=False):
            if pixels:
                scaled, scaled_hits, metric, metric_hits = (float(s / pixels) for s in sums)
                errors = scaled, scaled_hits, metric, metric_hits
                bins.append(DistanceBin(near, far, round(pixels), *errors))
        return tuple(bins)


@dataclasses.dataclass(frozen=True, eq=False)
class ImageErrors:
    """Errors of one image after median scaling and as predicted."""

    scaled: DepthMetrics
    metric: DepthMetrics
    distance_sums: np.ndarray  # (bins, 5), in the order of SUMS


def image_errors(gt_m: np.ndarray, scaled_m: np.ndarray, metric_m: np.ndarray) -> ImageErrors:
    """Compare positive depths (N,) float64 of an image in one pass over its pixels.

    Args:
        gt_m: True depths.
        scaled_m: Predictions after median scaling.
        metric_m: Predictions as they are.
    """
    scaled_sums, metric_sums = np.zeros(7), np.zeros(7)
    beyond = np.zeros((len(EDGES_M), len(SUMS)))  # over the pixels beyond each edge
    for part in blocks(len(gt_m)):
        gt = gt_m[part]
        log_gt = np.log(gt)
        scaled = pixel_errors(gt, log_gt, scaled_m[part])
        metric = pixel_errors(gt, log_gt, metric_m[part])
        scaled_sums += scaled.sums
        metric_sums += metric.sums
        beyond[0] += len(gt), *scaled.sums[[0, 4]], *metric.sums[[0, 4]]
        for row, edge_m in zip(beyond[1:], EDGES_M[1:-1], strict=False):
            far = gt >= edge_m
            count = np.count_nonzero(far)
            if not count:
                break
            share = far.astype(np.float64)  # a product is faster than picking pixels
            row += (
                count,
                np.dot(scaled.relative, share),
                np.count_nonzero(scaled.near & far),
                np.dot(metric.relative, share),
                np.count_nonzero(metric.near & far),
            )
    pixels = len(gt_m)
    sums = beyond[:-1] - beyond[1:]
    return ImageErrors(metrics_of(scaled_sums, pixels), metrics_of(metric_sums, pixels), sums)
