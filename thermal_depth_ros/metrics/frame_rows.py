# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of single frames, from which two evaluations of the same frames are compared."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.metrics.accumulators import DepthImage
from thermal_depth_ros.metrics.depth import DepthMetrics
from thermal_depth_ros.metrics.distance_bins import EDGES_M, SUMS

DEPTH, CLASSES, MOTION = QUANTITIES = ('depth', 'classes', 'motion')
SCALED, METRIC = 'scaled', 'metric'
DEPTH_METRICS = tuple(field.name for field in dataclasses.fields(DepthMetrics))
MOTION_COLUMNS = ('ate_m', 're_rad')  # of the snippet that begins with the frame
CLASS_COUNTS = ('true', 'predicted', 'hits')


class FrameRows:
    """Rows of numbers with the same columns, one for each frame of a camera."""

    def __init__(self, columns: Sequence[str]) -> None:
        """Start empty."""
        self.columns = tuple(columns)
        self.stamps_ns: list[int] = []
        self.rows: list[np.ndarray] = []

    def add(self, stamp_ns: int, row: np.ndarray) -> None:
        """Add the numbers (columns,) of a frame."""
        self.stamps_ns.append(stamp_ns)
        self.rows.append(row)


def metric_column(how: str, metric: str) -> str:
    """Return the column of a depth metric; `how` is SCALED or METRIC."""
    return f'{how}.{metric}'


def distance_column(place: int, name: str) -> str:
    """Return the column of a sum over the pixels of a range of distances."""
    return f'{EDGES_M[place]:g}m.{name}'


DEPTH_COLUMNS = (
    *(metric_column(how, metric) for how in (SCALED, METRIC) for metric in DEPTH_METRICS),
    'median_ratio',
    'pixels',
    'withheld',
    *(distance_column(place, name) for place in range(len(EDGES_M) - 1) for name in SUMS),
)


def depth_row(image: DepthImage, *, up_to_scale: bool = False) -> np.ndarray:
    """Return the numbers of one image in the order of DEPTH_COLUMNS.

    Where true depth is known up to one factor, those in metres are NaN, and no pixel has a
    distance.
    """
    metric, ratio = dataclasses.astuple(image.metric), image.median_ratio
    distance_sums = image.distance_sums.ravel()
    if up_to_scale:
        metric, ratio = (np.nan,) * len(metric), np.nan
        distance_sums = np.zeros_like(distance_sums)
    row = [*dataclasses.astuple(image.scaled), *metric, ratio, image.pixels, image.withheld]
    return np.array([*row, *distance_sums], np.float64)


def class_column(count: str, name: str) -> str:
    """Return the column of a number of pixels of a class; `count` is one of CLASS_COUNTS."""
    return f'{count}.{name}'


def class_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the classes with these names."""
    return tuple(class_column(count, name) for count in CLASS_COUNTS for name in names)


def class_row(counts: np.ndarray) -> np.ndarray:
    """Return the numbers of a confusion matrix (C, C + 1) in the order of class_columns."""
    true, predicted = counts.sum(axis=1), counts[:, :-1].sum(axis=0)
    return np.concatenate([true, predicted, np.diagonal(counts)]).astype(np.float64)
