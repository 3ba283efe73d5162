# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Curves of a history: each loss and each metric over the steps."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg
from thermal_depth_ros.training.engine.metrics_logger import LOSSES, VALIDATION

_MOST_POINTS = 300
_SIZE = (4.4, 2.6)
_DECADES = 1.5  # from this range on, a curve has a logarithmic scale


@dataclasses.dataclass(frozen=True)
class Curve:
    """One quantity over the steps: arrays of equal length."""

    name: str
    steps: np.ndarray
    values: np.ndarray


@dataclasses.dataclass(frozen=True)
class Curves:
    """All curves of a history, and the steps at which stages after the first begin."""

    losses: list[Curve]
    metrics: list[Curve]
    stage_starts: list[tuple[int, str]]


def read_curves(records: Iterable[Mapping[str, Any]]) -> Curves:
    """Sort the records of a history into curves, by name."""
    found: dict[str, dict[str, list[tuple[int, float]]]] = {LOSSES: {}, VALIDATION: {}}
    starts: list[tuple[int, str]] = []
    stage, last_step = None, 0
    for record in records:
        if stage is not None and record['stage'] != stage:
            starts.append((last_step, record['stage']))
        stage, last_step = record['stage'], record['step']
        for kind, curves in found.items():
            for name, value in record.get(kind, {}).items():
                curves.setdefault(name, []).append((record['step'], value))
    losses, metrics = (
        [Curve(name, *_arrays(points)) for name, points in curves.items()]
        for curves in found.values()
    )
    return Curves(losses, metrics, starts)


def curve_chart(curve: Curve, stage_starts: Sequence[tuple[int, str]], name: str) -> str:
    """Draw one curve, averaged into bins if it has many points.

    Args:
        curve: Curve to draw.
        stage_starts: Steps and names of stages, marked by lines.
        name: Prefix of the ids in the chart, unique on the page.
    """
    steps, values = thinned(curve)

    def draw(axes: Any) -> None:
        few = len(steps) <= 40
        axes.plot(steps, values, color=SERIES[1], linewidth=1.4, marker='.' if few else None)
        if _spans_decades(values[np.isfinite(values)]):
            axes.set_yscale('log')
        for step, stage in stage_starts:
            axes.axvline(step, color=INK, linewidth=0.8, linestyle=':')
            axes.annotate(stage, (step, 1.0), xycoords=('data', 'axes fraction'), fontsize=8)
        axes.set_xlabel('step')
        axes.xaxis.get_major_locator().set_params(integer=True)

    return chart_svg(draw, _SIZE, name)


def thinned(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Return at most as many points as a chart can show, averaged over bins of equal size."""
    size = -(-len(curve.steps) // _MOST_POINTS)
    starts = np.arange(0, len(curve.steps), size)
    counts = np.diff([*starts, len(curve.steps)])
    values = np.add.reduceat(curve.values, starts) / counts
    return curve.steps[starts + counts - 1], values


def _spans_decades(values: np.ndarray) -> bool:
    if not len(values) or values.min() <= 0:
        return False
    return math.log10(values.max() / values.min()) > _DECADES


def _arrays(points: Sequence[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(points, np.float64)
    return table[:, 0].astype(np.int64), table[:, 1]
