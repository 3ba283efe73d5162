# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results of an evaluation: tables, metrics.json, report.html, exit code."""

import argparse
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from thermal_depth_ros import __version__
from thermal_depth_ros.base import contract
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.cli.evaluate_choice import Choice
from thermal_depth_ros.cli.evaluate_recording import RecordingResult
from thermal_depth_ros.cli.evaluate_view import show_report
from thermal_depth_ros.cli.process_view import console
from thermal_depth_ros.evaluation.comparison import Gallery
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluation_page import (
    CameraReport,
    EvaluationReport,
    render_evaluation,
)
from thermal_depth_ros.evaluation.metrics_json import (
    camera_metrics,
    check_condition,
    plain,
    to_text,
)
from thermal_depth_ros.evaluation.processes import Process
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.scores import CameraScores

FAILED = 1


@dataclasses.dataclass
class Share:
    """Results of one process."""

    results: list[RecordingResult]
    galleries: dict[str, Gallery]
    notes: list[str]
    pipelines: dict[str, PipelineDescription]


def report(
    options: argparse.Namespace, choice: Choice, share: Share, process: Process, seconds: float
) -> int:
    """Show the figures, write them and the page, and return the exit code.

    Raises:
        EvaluationError: Recordings were evaluated by different classes, or a listed one is unknown.
        ConditionError: A condition speaks of a figure that is not there.
    """
    cameras = _camera_reports(choice, share)
    figures = {camera.kind: camera_metrics(camera.result) for camera in cameras}
    conditions = [check_condition(condition, figures) for condition in options.require]
    dropped = sum(sum(result.dropped.values()) for result in share.results)
    told_by = [problem for camera in cameras for problem in camera.result.problems]
    problems = list(dict.fromkeys(told_by))
    problems += [f'{dropped} frames were dropped'] if dropped else []
    for description in share.pipelines.values():
        share.notes += description.announcements
    told = EvaluationReport(
        title='Evaluation',
        description=_description(options, choice, share),
        untrained=tuple(p.bundle for p in share.pipelines.values() if not p.trained),
        cameras=cameras,
        conditions=conditions,
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(share.notes)),
        provenance=_provenance(options, choice, share, process, seconds),
    )
    screen = console()
    show_report(screen, told)
    options.output.mkdir(parents=True, exist_ok=True)
    page, metrics = options.output / 'report.html', options.output / 'metrics.json'
    write_text(page, render_evaluation(told))
    write_text(metrics, to_text(_metrics(choice, told, figures, share)))
    screen.print(f'{metrics}\n{page}', markup=False)
    return FAILED if problems or not all(v.met for v in conditions) else 0


def _camera_reports(choice: Choice, share: Share) -> list[CameraReport]:
    found = []
    for kind in contract.OUTPUTS:
        results = [result for result in share.results if result.kind == kind]
        if not results:
            continue
        protocol = choice.options[kind].protocol
        total = CameraScores(kind, PROTOCOLS[protocol], ())
        for result in results:
            try:
                total.merge(result.scores)
            except ValueError as error:
                raise EvaluationError(f'{result.recording}: {error}') from error
        try:
            listed = [(_name(r, results), r.scores.result(choice.listed)) for r in results]
            merged = total.result(choice.listed)
        except ValueError as error:
            raise EvaluationError(f'--classes: {error}') from error
        pipeline = share.pipelines.get(kind)
        labels = pipeline.labels if pipeline is not None else None
        found.append(
            CameraReport(
                kind=kind,
                protocol=protocol,
                result=merged,
                recordings=listed,
                tracks=total.tracks,
                gallery=share.galleries[kind],
                colours=_colours(labels, total.segmentation.names),
                median_scaling=choice.median_scaling,
            )
        )
    return found


def _name(result: RecordingResult, others: Sequence[RecordingResult]) -> str:
    """Return the name of a recording, with its camera where it has several."""
    several = [other for other in others if other.recording == result.recording]
    return f'{result.recording} {result.topic}' if len(several) > 1 else result.recording


def _colours(labels: LabelSet | None, names: Sequence[str]) -> np.ndarray:
    """Return a colour (C, 3) for every class; missing ones are spread evenly."""
    known = labels or CITYSCAPES_19
    table = dict(zip(known.names, known.colours, strict=True))
    golden = 137.5
    spread = [
        tuple(int(127 + 100 * np.cos(np.radians(golden * i + turn))) for turn in (0, 120, 240))
        for i in range(len(names))
    ]
    colours = [table.get(name, spread[i]) for i, name in enumerate(names)]
    return np.array(colours, np.uint8).reshape(-1, 3)


def _description(options: argparse.Namespace, choice: Choice, share: Share) -> str:
    bundles = ' and '.join(p.bundle for p in share.pipelines.values())
    whose = f'Outputs of {bundles}' if bundles else 'Recorded outputs'
    recordings = len(options.recording)
    first = 'after' if choice.median_scaling else 'before'
    return (
        f'{whose} against the truth in {recordings} recording{"s" * (recordings != 1)}. The worst '
        f'and best frames of depth are those {first} median scaling.'
    )


def _provenance(
    options: argparse.Namespace, choice: Choice, share: Share, process: Process, seconds: float
) -> dict[str, str]:
    found = {
        'recordings': ', '.join(map(str, options.recording[:8]))
        + (f' and {len(options.recording) - 8} more' if len(options.recording) > 8 else ''),
        'thermal_depth_ros': __version__,
    }
    for kind, description in share.pipelines.items():
        size = description.input_size
        found[f'{kind} bundle'] = description.bundle
        found[f'{kind} device'] = f'{description.device}, {description.precision}'
        found[f'{kind} network input'] = f'{size[1]}x{size[0]}' if size else 'any'
        found[f'{kind} scale'] = f'{description.scale:g}, {description.scale_source}'
    for kind in {result.kind for result in share.results}:
        found[f'{kind} depth protocol'] = choice.options[kind].protocol
    truths = {f'{n}: {t}' for result in share.results for n, t in result.truth.items()}
    found['truth'] = '; '.join(sorted(truths)[:8])
    found['processes'] = str(process.count)
    found['duration'] = f'{seconds:.0f} s'
    return found


def _metrics(
    choice: Choice, told: EvaluationReport, figures: dict[str, Any], share: Share
) -> dict[str, Any]:
    recordings = [
        {
            'recording': result.recording,
            'camera': result.topic,
            'kind': result.kind,
            'truth': result.truth,
            'dropped': dict(result.dropped),
            'odometry_lost': dict(result.odometry_lost),
            **camera_metrics(result.scores.result(choice.listed)),
        }
        for result in share.results
    ]
    return {
        'cameras': figures,
        'recordings': recordings,
        'conditions': [plain(dataclasses.asdict(condition)) for condition in told.conditions],
        'protocols': {camera.kind: camera.protocol for camera in told.cameras},
        'untrained_bundles': list(told.untrained),
        'problems': list(told.problems),
        'notes': list(told.notes),
        'provenance': dict(told.provenance),
    }
