# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Columns of the papers' tables: heading, unit, and where the figure stands among the metrics."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from thermal_depth_ros.pages.report import UNKNOWN

DEPTH, CLASSES, MOTION, COST = 'depth', 'classes', 'motion', 'cost'  # what has to be measured
SCALED, METRIC = 'scaled', 'metric'  # depth after scaling by the ratio of medians, as predicted
_IOU = 'iou '  # begins the names of the columns of classes
Figure = float | tuple[float, float] | None  # a figure, with its deviation, or unknown


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: Text above it, with an arrow towards the better figures.
        measures: DEPTH, CLASSES, MOTION or COST.
        paths: Places of the figure, and of its deviation if it has one, in the metrics of a camera
            (`metrics_json.camera_metrics`).
        decimals: Number of decimals, as printed in the paper.
        factor: From the metric to the unit of the table.
    """

    heading: str
    measures: str
    paths: tuple[tuple[str, ...], ...]
    decimals: int = 3
    factor: float = 1.0

    def figure(self, metrics: Mapping[str, Any], scaling: str = SCALED) -> Figure:
        """Return the figure of this column, None if it was not measured.

        Args:
            metrics: Metrics of one kind of camera.
            scaling: SCALED or METRIC, of depth.
        """
        values = [_value(metrics, path, scaling) for path in self.paths]
        if values[0] is None:
            return None
        first = self.factor * values[0]
        if len(values) == 1 or values[1] is None:
            return first
        return first, self.factor * values[1]

    def text(self, figure: Figure) -> str:
        """Return a figure as the paper prints it."""
        if figure is None:
            return UNKNOWN
        if isinstance(figure, tuple):
            return ' ± '.join(f'{value:.{self.decimals}f}' for value in figure)
        return f'{figure:.{self.decimals}f}'


def _value(metrics: Mapping[str, Any], path: Sequence[str], scaling: str) -> float | None:
    value: Any = metrics
    for name in path:
        name = scaling if name == SCALED else name
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _depth(name: str, heading: str) -> Column:
    return Column(heading, DEPTH, (('depth', SCALED, name),))


def _cost(name: str, heading: str, decimals: int = 3) -> Column:
    return Column(heading, COST, (tuple(name.split()),), decimals)


_PARTS = ('light', 'encoder', 'depth', 'semantic')  # of a network for depth and classes
COLUMNS: Mapping[str, Column] = {
    'abs_rel': _depth('abs_rel', 'Abs Rel ↓'),
    'sq_rel': _depth('sq_rel', 'Sq Rel ↓'),
    'rmse': _depth('rmse', 'RMSE ↓'),
    'rmse_log': _depth('rmse_log', 'RMSE log ↓'),
    'delta1': _depth('delta1', 'δ < 1.25 ↑'),
    'delta2': _depth('delta2', 'δ < 1.25² ↑'),
    'delta3': _depth('delta3', 'δ < 1.25³ ↑'),
    'ate': Column(
        'ATE ↓', MOTION, (('pose', 'score', 'ate_mean'), ('pose', 'score', 'ate_std')), 4
    ),
    're': Column(
        'RE ↓', MOTION, (('pose', 'score', 're_mean_rad'), ('pose', 'score', 're_std_rad')), 4
    ),
    'miou': Column('mIoU ↑', CLASSES, (('segmentation', 'miou'),), 2, 100.0),
    **{f'gmacs {name}': _cost(f'gmacs {name}', name) for name in _PARTS},
    **{f'parameters {name}': _cost(f'parameters {name}', name) for name in _PARTS},
    'gmacs': _cost('gmacs total', 'total'),
    'parameters': _cost('parameters total', 'total'),
    'seconds': _cost('seconds', 'time (s)', 4),
}


def column(name: str) -> Column:
    """Return a column by its name in a table file; `iou CLASS` is that of a class.

    Raises:
        KeyError: There is none.
    """
    if name.startswith(_IOU):
        path = ('segmentation', 'classes', name.removeprefix(_IOU), 'iou')
        return Column(path[2], CLASSES, (path,), 2, 100.0)
    return COLUMNS[name]
