# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Columns of the papers' tables: heading, unit, and where the figure stands among the metrics."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from thermal_depth_ros.metrics.verdicts import A_CONSTANT, A_MAP, STRAIGHT_AHEAD
from thermal_depth_ros.pages.report import UNKNOWN

DEPTH, CLASSES, MOTION, COST = 'depth', 'classes', 'motion', 'cost'  # what has to be measured
SCALED, METRIC = 'scaled', 'metric'  # depth after scaling by the ratio of medians, as predicted
_IOU = 'iou '  # begins the names of the columns of classes
_Paths = tuple[tuple[str, ...], ...]
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
        blind: The same places by predictor that never looks at the image.
    """

    heading: str
    measures: str
    paths: _Paths
    decimals: int = 3
    factor: float = 1.0
    blind: Mapping[str, _Paths] = dataclasses.field(default_factory=dict)

    @property
    def higher(self) -> bool:
        """Whether a higher figure is better."""
        return self.measures == CLASSES or '↑' in self.heading

    def figure(
        self, metrics: Mapping[str, Any], scaling: str = SCALED, predictor: str = ''
    ) -> Figure:
        """Return the figure of this column, None if it was not measured.

        Args:
            metrics: Metrics of one kind of camera.
            scaling: SCALED or METRIC, of depth.
            predictor: '' or the predictor that never looks at the image whose figure is wanted.
        """
        paths = self.blind.get(predictor, ()) if predictor else self.paths
        values = [_value(metrics, path, scaling) for path in paths]
        if not values or values[0] is None:
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
    blind = {
        A_MAP: (('depth', 'fixed_map', SCALED, name),),
        A_CONSTANT: (('depth', 'constant', SCALED, name),),
    }
    return Column(heading, DEPTH, (('depth', SCALED, name),), blind=blind)


def _motion(heading: str, *names: str) -> Column:
    paths, straight = (
        tuple(('pose', score, name) for name in names) for score in ('score', 'straight_ahead')
    )
    return Column(heading, MOTION, paths, 4, blind={STRAIGHT_AHEAD: straight})


def _classes(heading: str, path: tuple[str, ...], of_map: tuple[str, ...]) -> Column:
    blind = {A_MAP: (('segmentation', 'fixed_map', *of_map),)}
    return Column(heading, CLASSES, (('segmentation', *path),), 2, 100.0, blind)


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
    'ate': _motion('ATE ↓', 'ate_mean', 'ate_std'),
    're': _motion('RE ↓', 're_mean_rad', 're_std_rad'),
    'miou': _classes('mIoU ↑', ('miou',), ('miou',)),
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
        label = name.removeprefix(_IOU)
        return _classes(label, ('classes', label, 'iou'), ('iou', label))
    return COLUMNS[name]
