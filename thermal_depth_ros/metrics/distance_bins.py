# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth errors by true distance."""

import dataclasses

import numpy as np

from thermal_depth_ros.metrics.depth import blocks

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

    def add(
        self, gt_m: np.ndarray, scaled_m: np.ndarray, metric_m: np.ndarray, weight: float = 1.0
    ) -> np.ndarray:
        """Add the depths (N,) of one image.

        Args:
            gt_m: True depths.
            scaled_m: Predictions after median scaling.
            metric_m: Predictions as they are.
            weight: Number of pixels of the image that each of these stands for.

        Returns:
            Its sums (bins, 5), in the order of SUMS.
        """
        sums = np.zeros_like(self._sums)
        for part in blocks(len(gt_m)):
            sums += _bin_sums(gt_m[part], scaled_m[part], metric_m[part])
        sums *= weight
        self._sums += sums
        return sums

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


def _bin_sums(gt_m: np.ndarray, scaled_m: np.ndarray, metric_m: np.ndarray) -> np.ndarray:
    """Return the sums (bins, 5) over depths (N,), in the order of SUMS."""
    bins = len(EDGES_M) - 1
    place = np.zeros(len(gt_m), np.uint8)
    for edge in EDGES_M[1:-1]:
        place += (gt_m >= edge).view(np.uint8)
    errors, hits = [], []
    for predicted in (scaled_m, metric_m):
        relative = np.abs(gt_m - predicted) / gt_m
        errors.append(np.bincount(place, relative, minlength=bins))
        hit = np.maximum(gt_m / predicted, predicted / gt_m) < 1.25
        hits.append(hit.view(np.uint8))
    kinds = 4 * place + 2 * hits[0] + hits[1]
    counts = np.bincount(kinds, minlength=4 * bins).reshape(bins, 2, 2)
    columns = (
        counts.sum((1, 2)),
        errors[0],
        counts[:, 1].sum(1),
        errors[1],
        counts[:, :, 1].sum(1),
    )
    return np.stack(columns, 1).astype(np.float64)
