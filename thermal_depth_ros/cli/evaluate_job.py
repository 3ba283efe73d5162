# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The work of `evaluate`: recordings shared between processes, scores merged, results written."""

import argparse
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros import __version__, contract
from thermal_depth_ros.bundles.labels import CITYSCAPES_19, LabelSet
from thermal_depth_ros.cli.evaluate_choice import Choice, read_choice
from thermal_depth_ros.cli.evaluate_pipelines import Pipelines
from thermal_depth_ros.cli.evaluate_recording import RecordingEvaluator, RecordingResult
from thermal_depth_ros.cli.evaluate_view import progress, show_report, silent_console
from thermal_depth_ros.cli.process_view import console
from thermal_depth_ros.evaluation.comparison import Gallery
from thermal_depth_ros.evaluation.depth_metrics import PROTOCOLS
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluation_page import (
    CameraReport,
    EvaluationReport,
    render_evaluation,
)
from thermal_depth_ros.evaluation.exhibits import Exhibits
from thermal_depth_ros.evaluation.figures import camera_figures, judge, plain, to_text
from thermal_depth_ros.evaluation.processes import Process, own_device, this_process
from thermal_depth_ros.evaluation.scores import CameraScores
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.nodes.stopping import StopRequest

FAILED = 1


@dataclasses.dataclass
class Share:
    """What one process found."""

    results: list[RecordingResult]
    galleries: dict[str, Gallery]
    notes: list[str]
    pipelines: dict[str, PipelineDescription]


def run_job(options: argparse.Namespace, stop: StopRequest) -> int:
    """Evaluate recordings as the command line says; return the exit code.

    Raises:
        BagError: a recording cannot be read.
        SettingsError: a setting is wrong.
        BundleError: a bundle cannot be loaded.
        EvaluationError: truth is missing or does not fit.
        ConditionError: a condition speaks of a figure that is not there.
        KeyboardInterrupt: a signal came.
    """
    started = time.monotonic()
    process = this_process()
    if options.predictions and len(options.predictions) != len(options.recording):
        raise EvaluationError(
            f'--predictions: {len(options.predictions)} for {len(options.recording)} recordings'
        )
    _place(options, process)
    choice = read_choice(options)
    share = _evaluate(options, choice, process, stop)
    shares = process.gather(share)
    if not process.first:
        return 0
    return _report(options, choice, _merged(shares), process, time.monotonic() - started)


def _place(options: argparse.Namespace, process: Process) -> None:
    """Give each process a GPU of its own where nobody chose a device."""
    device = own_device() if process.count > 1 else None
    for kind in contract.OUTPUTS:
        if device is not None and getattr(options, f'{kind}.device') is None:
            setattr(options, f'{kind}.device', device)


def _evaluate(
    options: argparse.Namespace, choice: Choice, process: Process, stop: StopRequest
) -> Share:
    screen = console() if process.first else silent_console()
    galleries = {
        kind: Gallery(Exhibits(choice.pictures), Exhibits(choice.pictures))
        for kind in contract.OUTPUTS
    }
    share = Share([], galleries, [], {})
    pipelines = Pipelines(choice.configs, stop.interrupting)
    evaluator = RecordingEvaluator(options, choice, pipelines, galleries, share.notes.append)
    predictions: Sequence[Path | None] = options.predictions or [None] * len(options.recording)
    pairs = list(zip(options.recording, predictions, strict=True))
    try:
        with progress(screen) as steps:
            for path, outputs in process.share(pairs):
                share.results += evaluator.evaluate(path, outputs, lambda: stop.asked, steps)
        for gallery in galleries.values():
            gallery.depth.read_images()
            gallery.classes.read_images()
        share.pipelines = {p.description.kind: p.description for p in pipelines.opened()}
    finally:
        pipelines.close()
    return share


def _merged(shares: Sequence[Share]) -> Share:
    first = shares[0]
    for share in shares[1:]:
        first.results += share.results
        first.notes += share.notes
        first.pipelines = {**share.pipelines, **first.pipelines}
        for kind, gallery in share.galleries.items():
            first.galleries[kind].depth.merge(gallery.depth)
            first.galleries[kind].classes.merge(gallery.classes)
    first.results.sort(key=lambda result: (result.recording, result.topic))
    return first


def _report(
    options: argparse.Namespace, choice: Choice, share: Share, process: Process, seconds: float
) -> int:
    cameras = _camera_reports(choice, share)
    figures = {camera.kind: camera_figures(camera.result) for camera in cameras}
    verdicts = [judge(condition, figures) for condition in options.require]
    dropped = sum(sum(result.dropped.values()) for result in share.results)
    problems = [problem for camera in cameras for problem in camera.result.problems]
    problems += [f'{dropped} frames were dropped'] if dropped else []
    for description in share.pipelines.values():
        share.notes += description.announcements
    report = EvaluationReport(
        title='Evaluation',
        description=_description(options, choice, share),
        untrained=tuple(p.bundle for p in share.pipelines.values() if not p.trained),
        cameras=cameras,
        verdicts=verdicts,
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(share.notes)),
        provenance=_provenance(options, choice, share, process, seconds),
    )
    screen = console()
    show_report(screen, report)
    options.output.mkdir(parents=True, exist_ok=True)
    page, metrics = options.output / 'report.html', options.output / 'metrics.json'
    page.write_text(render_evaluation(report), 'utf-8')
    metrics.write_text(to_text(_metrics(choice, report, figures, share)), 'utf-8')
    screen.print(f'{metrics}\n{page}', markup=False)
    return FAILED if problems or not all(v.met for v in verdicts) else 0


def _camera_reports(choice: Choice, share: Share) -> list[CameraReport]:
    found = []
    for kind in contract.OUTPUTS:
        results = [result for result in share.results if result.kind == kind]
        if not results:
            continue
        protocol = choice.protocols[kind]
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
    """Return a colour (C, 3) for every class; those that nobody gave one are spread evenly."""
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
        found[f'{kind} depth protocol'] = choice.protocols[kind]
    truths = {f'{n}: {t}' for result in share.results for n, t in result.truth.items()}
    found['truth'] = '; '.join(sorted(truths)[:8])
    found['processes'] = str(process.count)
    found['duration'] = f'{seconds:.0f} s'
    return found


def _metrics(
    choice: Choice, report: EvaluationReport, figures: dict[str, Any], share: Share
) -> dict[str, Any]:
    recordings = [
        {
            'recording': result.recording,
            'camera': result.topic,
            'kind': result.kind,
            'truth': result.truth,
            'dropped': dict(result.dropped),
            **camera_figures(result.scores.result(choice.listed)),
        }
        for result in share.results
    ]
    return {
        'cameras': figures,
        'recordings': recordings,
        'conditions': [plain(dataclasses.asdict(verdict)) for verdict in report.verdicts],
        'protocols': {camera.kind: camera.protocol for camera in report.cameras},
        'untrained_bundles': list(report.untrained),
        'problems': list(report.problems),
        'notes': list(report.notes),
        'provenance': dict(report.provenance),
    }
