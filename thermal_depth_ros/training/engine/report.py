# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of a training: curves, metrics, pictures, settings, time and machine."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.settings import describe
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.metrics.baselines import CONSTANT, FIXED_MAP
from thermal_depth_ros.pages.charts import INK, SERIES, chart_svg
from thermal_depth_ros.pages.provenance import machine_and_versions
from thermal_depth_ros.pages.report import (
    UNKNOWN,
    PictureRow,
    Section,
    Table,
    Tile,
    photo,
    render_page,
)
from thermal_depth_ros.training.engine.callbacks import duration
from thermal_depth_ros.training.engine.metric_texts import metric_texts, verdicts
from thermal_depth_ros.training.engine.metrics_logger import LOSSES, VALIDATION, read_history
from thermal_depth_ros.training.engine.run_folder import RunFolder

LAST = 5  # evaluations to average, less noisy than the last one alone
_MOST_POINTS = 300
_CHART_SIZE = (4.4, 2.6)  # inches
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


def write_report(
    folder: RunFolder,
    record: Mapping[str, Any],
    configs: Sequence[Any],
    notes: Sequence[str],
    device: str,
) -> Path:
    """Write the report from the files of the run.

    Args:
        folder: Output folder of the run.
        record: Training record, as stored in the bundle.
        configs: All configurations.
        notes: Remarks on data and run.
        device: Name of the compute device.

    Raises:
        OSError: It cannot be written.
    """
    curves = read_curves(read_history(folder.history))
    sections = [
        Section('Notes', notes=notes),
        Section(
            'Validation',
            ' '.join(verdicts(_last(curves.metrics))),
            tables=[_evaluations(curves.metrics)],
            charts=_charts(_of_network(curves.metrics), curves, 'metric'),
        ),
        Section(
            'Losses',
            'Means over the steps between two records. The total is minimised.',
            charts=_charts(curves.losses, curves, 'loss'),
        ),
        Section('Pictures', frames=_frames(folder)),
        Section('Settings', tables=_settings(configs)),
    ]
    page = render_page(
        f'Training: {record["task"]}',
        f'{record["steps"]} steps on {record["samples"]} samples, without labels.',
        {'device': device, 'time': _time(record), **machine_and_versions()},
        _tiles(curves, record),
        [s for s in sections if s.notes or s.charts or s.frames or s.title == 'Settings'],
    )
    write_text(folder.report, page)
    return folder.report


def _tiles(curves: Curves, record: Mapping[str, Any]) -> list[Tile]:
    seconds = float(record['seconds'])
    samples = record['steps'] * record['settings']['batch_size']
    return [
        (str(record['steps']), 'steps'),
        (str(record['epochs']), 'epochs'),
        (duration(seconds), 'training time'),
        (f'{samples / seconds:.1f}' if seconds else UNKNOWN, 'samples per second overall'),
        *_metric_tiles(_last(curves.metrics)),
    ]


def _metric_tiles(metrics: Mapping[str, float]) -> list[Tile]:
    """Return the first metrics; the figure of what never looks is part of the name."""
    texts = [(name, *text.partition(' ')) for name, text in metric_texts(metrics).items()]
    return [(value, f'{name}{space}{blind}') for name, value, space, blind in texts[:4]]


def _of_network(metrics: Sequence[Curve]) -> list[Curve]:
    return [curve for curve in metrics if not curve.name.endswith((FIXED_MAP, CONSTANT))]


def _last(metrics: Sequence[Curve]) -> dict[str, float]:
    return {curve.name: float(curve.values[-1]) for curve in metrics}


def _charts(shown: Sequence[Curve], curves: Curves, prefix: str) -> list[tuple[str, str]]:
    return [
        (curve_chart(curve, curves.stage_starts, f'{prefix}{number}'), curve.name)
        for number, curve in enumerate(shown)
    ]


def _evaluations(metrics: Sequence[Curve]) -> Table:
    recent = f'of the last {LAST}'
    columns = ('evaluations', 'first', 'last', f'mean {recent}', f'min {recent}', f'max {recent}')
    newest = _last(metrics)
    rows = []
    for curve in _of_network(metrics):
        last = curve.values[-LAST:]
        values = (curve.values[0], last[-1], np.mean(last), last.min(), last.max())
        blind = [newest.get(curve.name + end) for end in (FIXED_MAP, CONSTANT)]
        cells = [UNKNOWN if value is None else f'{value:.4g}' for value in (*values, *blind)]
        rows.append((curve.name, len(curve.values), *cells))
    return Table('', ('metric', *columns, 'fixed map', 'constant'), rows)


def _frames(folder: RunFolder) -> list[PictureRow]:
    return [
        PictureRow(
            f'after step {step}',
            [photo(picture, name) for name, picture in pictures.items()],
        )
        for step, pictures in folder.kept_pictures().items()
    ]


def _settings(configs: Sequence[Any]) -> list[Table]:
    """Return tables of the settings that were changed and of those that were not."""
    columns = ('setting', 'meaning', 'value', 'default')
    changed, others = [], []
    for config in configs:
        for entry in describe(config):
            value, default = _shown(getattr(config, entry.name)), _shown(entry.default)
            if value != default:
                changed.append((entry.name, entry.help, value, default))
            else:
                others.append((entry.name, entry.help, value))
    return [
        Table(title, columns[: len(rows[0])], rows, text_columns=2, code_columns=(0,))
        for title, rows in (('Changed', changed), ('Defaults', others))
        if rows
    ]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ' '.join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(record: Mapping[str, Any]) -> str:
    return f'{record["seconds"]:.0f} s in all sessions, including checkpoints and validation'


def read_curves(records: Iterable[Mapping[str, Any]]) -> Curves:
    """Sort the records of a history into curves, by name."""
    points: dict[str, dict[str, list[tuple[int, float]]]] = {LOSSES: {}, VALIDATION: {}}
    starts: list[tuple[int, str]] = []
    stage, last_step = None, 0
    for record in records:
        if stage is not None and record['stage'] != stage:
            starts.append((last_step, record['stage']))
        stage, last_step = record['stage'], record['step']
        for kind, curves in points.items():
            for name, value in record.get(kind, {}).items():
                curves.setdefault(name, []).append((record['step'], value))
    losses, metrics = (
        [Curve(name, *_arrays(curve)) for name, curve in curves.items()]
        for curves in points.values()
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

    return chart_svg(draw, _CHART_SIZE, name)


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
