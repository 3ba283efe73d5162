# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of single frames, from which two evaluations of the same frames are compared."""

import dataclasses
import struct
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.metrics.accumulators import DepthImage
from thermal_depth_ros.metrics.depth import DepthMetrics
from thermal_depth_ros.metrics.distance_bins import EDGES_M, SUMS

DEPTH, CLASSES, MOTION = QUANTITIES = ('depth', 'classes', 'motion')
SCALED, METRIC = 'scaled', 'metric'
DEPTH_METRICS = tuple(field.name for field in dataclasses.fields(DepthMetrics))
MOTION_COLUMNS = ('ate_m', 're_rad')  # of the snippet that begins with the frame
CLASS_COUNTS = ('true', 'predicted', 'hits')
_KEPT_BYTES = 1 << 16  # of rows in memory


class FrameRows:
    """Rows of numbers with the same columns, one for each frame of a camera.

    Only the last ones are in memory; those before wait in a temporary file.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        """Start empty."""
        self.columns = tuple(columns)
        self._count = 0
        self._last = bytearray()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, stamp_ns: int, row: np.ndarray) -> None:
        """Add the numbers (columns,) of a frame."""
        self._last += struct.pack(f'<q{len(self.columns)}d', stamp_ns, *row)
        self._count += 1
        if len(self._last) >= _KEPT_BYTES:
            with self._earlier().open('ab') as file:
                file.write(self._last)
            self._last.clear()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[int, np.ndarray]]:
        """Yield stamp and numbers (columns,) of each frame."""
        size = 8 * (1 + len(self.columns))
        for data in self._blocks():
            for at in range(0, len(data), size):
                row = np.frombuffer(data, '<f8', len(self.columns), at + 8)
                yield int.from_bytes(data[at : at + 8], 'little', signed=True), row

    def _blocks(self) -> Iterator[bytes]:
        """Yield the bytes of all rows, a whole number of rows at a time."""
        if self._folder is not None:
            block = 8 * (1 + len(self.columns)) * 1024
            with self._earlier().open('rb') as file:
                while data := file.read(block):
                    yield data
        yield bytes(self._last)

    def __getstate__(self) -> tuple[tuple[str, ...], int, bytes]:
        return self.columns, self._count, b''.join(self._blocks())

    def __setstate__(self, state: tuple[tuple[str, ...], int, bytes]) -> None:
        self.columns, self._count, last = state
        self._last, self._folder = bytearray(last), None

    def _earlier(self) -> Path:
        """Return the file of the rows that are no longer in memory."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix='frames-')
        return Path(self._folder.name, 'rows')


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
    metric, ratio = image.metric.row, image.median_ratio
    distance_sums = image.distance_sums.ravel()
    if up_to_scale:
        metric, ratio = (np.nan,) * len(metric), np.nan
        distance_sums = np.zeros_like(distance_sums)
    row = [*image.scaled.row, *metric, ratio, image.pixels, image.withheld]
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
