# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of a training: curves, metrics, pictures, settings, time and machine."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.base.settings import describe
from thermal_depth_ros.pages.page_parts import FrameRow, Picture, Tile, photo, render_page
from thermal_depth_ros.pages.provenance import machine, versions
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
    return render_page(
        'training.html.j2',
        title=f'Training: {about["task"]}',
        description=f'{about["steps"]} steps on {about["samples"]} samples, without labels.',
        tiles=_tiles(curves, about),
        notes=list(facts.notes),
        losses=_charts(curves.losses, curves, 'loss'),
        metrics=_charts(curves.metrics, curves, 'metric'),
        evaluations=[_evaluation(curve) for curve in curves.metrics],
        last=LAST,
        frames=_frames(output),
        settings=_settings(facts.configs),
        provenance=_provenance(facts),
    )


def _tiles(curves: Curves, about: Mapping[str, Any]) -> list[Tile]:
    seconds = float(about['seconds'])
    learned = about['steps'] * about['settings']['batch_size']
    tiles = [
        Tile(str(about['steps']), 'steps'),
        Tile(str(about['epochs']), 'epochs'),
        Tile(duration(seconds), 'training time'),
        Tile(f'{learned / seconds:.1f}' if seconds else '-', 'samples per second, all in all'),
    ]
    return tiles + [Tile(f'{curve.values[-1]:.4g}', curve.name) for curve in curves.metrics[:4]]


def _charts(shown: Sequence[Curve], curves: Curves, prefix: str) -> list[tuple[str, str]]:
    return [
        (curve_chart(curve, curves.stage_starts, f'{prefix}{number}'), curve.name)
        for number, curve in enumerate(shown)
    ]


def _evaluation(curve: Curve) -> tuple[str, ...]:
    last = curve.values[-LAST:]
    figures = (curve.values[0], last[-1], np.mean(last), last.min(), last.max())
    return (curve.name, str(len(curve.values)), *(f'{value:.4g}' for value in figures))


def _frames(output: RunFolder) -> list[FrameRow]:
    return [
        FrameRow(
            f'after step {step}',
            [Picture(photo(picture), name) for name, picture in pictures.items()],
        )
        for step, pictures in output.kept_pictures().items()
    ]


def _settings(configs: Sequence[Any]) -> list[tuple[str, str, str, str]]:
    """Return name, value, default and help of every setting."""
    return [
        (entry.name, _shown(getattr(config, entry.name)), _shown(entry.default), entry.help)
        for config in configs
        for entry in describe(config)
    ]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ' '.join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _provenance(facts: Facts) -> list[tuple[str, str]]:
    named = ', '.join(f'{name} {version}' for name, version in versions().items())
    time = f'{facts.about["seconds"]:.0f} s in all sessions, checkpoints and validations included'
    found = {'device': facts.device, **machine(), 'time': time, 'versions': named}
    return list(found.items())
