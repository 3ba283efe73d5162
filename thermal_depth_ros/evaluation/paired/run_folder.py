# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results that an earlier evaluation wrote: its metrics, options and frames."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.metrics_json import FORMAT
from thermal_depth_ros.evaluation.paired.frame_files import FrameTable, read_frames
from thermal_depth_ros.metrics.frame_rows import QUANTITIES

METRICS = 'metrics.json'


@dataclasses.dataclass(frozen=True, eq=False)
class RunOptions:
    """Options of an evaluation that a comparison needs.

    Attributes:
        classes: Classes over which mIoU is averaged: a preset, ALL, or names.
        median_scaling: Kind of camera -> whether scaled depth comes first.
        arguments: Arguments of the command; empty if it was called from Python.
        folder: Working directory of the command.
    """

    classes: str | tuple[str, ...]
    median_scaling: Mapping[str, bool]
    arguments: tuple[str, ...]
    folder: str


@dataclasses.dataclass(frozen=True, eq=False)
class EvaluatedRun:
    """One evaluation.

    Attributes:
        path: Folder of the results.
        protocols: Kind of camera -> protocol of the depth metrics.
        bundles: Kind of camera -> name of the bundle; empty for recorded predictions.
        options: Options of the evaluation.
        frames: Quantity -> kind of camera -> frames.
        cameras: Kind of camera -> metrics over all its frames, as in metrics.json.
    """

    path: Path
    protocols: Mapping[str, str]
    bundles: Mapping[str, str]
    options: RunOptions
    frames: Mapping[str, Mapping[str, FrameTable]]
    cameras: Mapping[str, Any]


def read_run_folder(path: Path) -> EvaluatedRun:
    """Read the results in a folder.

    Raises:
        EvaluationError: They are missing or damaged, or of a version without frames.
    """
    file = path / METRICS
    try:
        metrics = json.loads(file.read_text(encoding='utf-8'))
    except OSError as error:
        reason = error.strerror or str(error)
        raise EvaluationError(
            f'{file}: {reason}; --compare takes two folders that evaluate wrote (-o)'
        ) from error
    except ValueError as error:
        raise EvaluationError(f'{file}: no JSON: {error}') from error
    if not isinstance(metrics, dict) or metrics.get('format') != FORMAT:
        raise EvaluationError(f'{file}: not the metrics of an evaluation in format {FORMAT}')
    frames = {quantity: read_frames(path, quantity) for quantity in QUANTITIES}
    if 'options' not in metrics or not any(frames.values()):
        raise EvaluationError(
            f'{path}: no figures of single frames (frames_*.csv): evaluate again to compare'
        )
    try:
        options = _options(metrics['options'])
        provenance, protocols = dict(metrics['provenance']), dict(metrics['protocols'])
        cameras = dict(metrics['cameras'])
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            f'{file}: damaged options, protocols, provenance or cameras: {error}'
        ) from None
    bundles = {kind: provenance.get(f'{kind} bundle') for kind in protocols}
    named = {kind: str(name) for kind, name in bundles.items() if name}
    return EvaluatedRun(path, protocols, named, options, frames, cameras)


def _options(entry: Mapping[str, Any]) -> RunOptions:
    classes = entry['classes']
    return RunOptions(
        classes=classes if isinstance(classes, str) else tuple(map(str, classes)),
        median_scaling={str(k): bool(v) for k, v in dict(entry['median_scaling']).items()},
        arguments=tuple(map(str, entry['arguments'])),
        folder=str(entry['folder']),
    )
