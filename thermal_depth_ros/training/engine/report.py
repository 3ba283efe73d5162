# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of a training: curves, metrics, pictures, settings, time and machine."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.settings import describe
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
from thermal_depth_ros.training.engine.checkpoints import write_atomically
from thermal_depth_ros.training.engine.curves import Curve, Curves, curve_chart, read_curves
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.metrics_logger import read_history
from thermal_depth_ros.training.engine.run_folder import RunFolder

LAST = 5  # evaluations to average, less noisy than the last one alone


@dataclasses.dataclass(frozen=True)
class Facts:
    """Contents of a report that are not in the files of the run.

    Attributes:
        about: Training record, as stored in the bundle.
        configs: All configurations.
        notes: Remarks on data and run.
        device: Name of the compute device.
    """

    about: Mapping[str, Any]
    configs: Sequence[Any]
    notes: Sequence[str]
    device: str


def write_report(output: RunFolder, facts: Facts) -> Path:
    """Write the report from the files of the run.

    Raises:
        TrainingError: It cannot be written.
    """
    page = _page(read_curves(read_history(output.history)), output, facts)
    try:
        write_atomically(output.report, page.encode())
    except OSError as error:
        raise TrainingError(f'report {output.report}: {error.strerror or error}') from error
    return output.report


def _page(curves: Curves, output: RunFolder, facts: Facts) -> str:
    about = facts.about
    sections = [
        Section('Notes', notes=facts.notes),
        Section(
            'Validation',
            tables=[_evaluations(curves.metrics)],
            charts=_charts(curves.metrics, curves, 'metric'),
        ),
        Section(
            'Losses',
            'Means over the steps between two records. The total is minimised.',
            charts=_charts(curves.losses, curves, 'loss'),
        ),
        Section('Pictures', frames=_frames(output)),
        Section('Settings', tables=_settings(facts.configs)),
    ]
    return render_page(
        f'Training: {about["task"]}',
        f'{about["steps"]} steps on {about["samples"]} samples, without labels.',
        {'device': facts.device, 'time': _time(about), **machine_and_versions()},
        _tiles(curves, about),
        [s for s in sections if s.notes or s.charts or s.frames or s.title == 'Settings'],
    )


def _tiles(curves: Curves, about: Mapping[str, Any]) -> list[Tile]:
    seconds = float(about['seconds'])
    samples = about['steps'] * about['settings']['batch_size']
    return [
        (str(about['steps']), 'steps'),
        (str(about['epochs']), 'epochs'),
        (duration(seconds), 'training time'),
        (f'{samples / seconds:.1f}' if seconds else UNKNOWN, 'samples per second overall'),
        *((f'{curve.values[-1]:.4g}', curve.name) for curve in curves.metrics[:4]),
    ]


def _charts(shown: Sequence[Curve], curves: Curves, prefix: str) -> list[tuple[str, str]]:
    return [
        (curve_chart(curve, curves.stage_starts, f'{prefix}{number}'), curve.name)
        for number, curve in enumerate(shown)
    ]


def _evaluations(metrics: Sequence[Curve]) -> Table:
    recent = f'of the last {LAST}'
    columns = ('evaluations', 'first', 'last', f'mean {recent}', f'min {recent}', f'max {recent}')
    rows = []
    for curve in metrics:
        last = curve.values[-LAST:]
        values = (curve.values[0], last[-1], np.mean(last), last.min(), last.max())
        rows.append((curve.name, len(curve.values), *(f'{value:.4g}' for value in values)))
    return Table('', ('metric', *columns), rows)


def _frames(output: RunFolder) -> list[PictureRow]:
    return [
        PictureRow(
            f'after step {step}',
            [photo(picture, name) for name, picture in pictures.items()],
        )
        for step, pictures in output.kept_pictures().items()
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


def _time(about: Mapping[str, Any]) -> str:
    return f'{about["seconds"]:.0f} s in all sessions, including checkpoints and validation'
