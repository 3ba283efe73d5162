# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs an evaluation: recordings shared between processes, scores merged, results written."""

import dataclasses
import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from thermal_depth_ros import __version__
from thermal_depth_ros.base import contract, screen
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.evaluator import RecordingEvaluator
from thermal_depth_ros.evaluation.job import EvaluationJob, RecordingResult, at_network_size
from thermal_depth_ros.evaluation.metrics_json import (
    camera_metrics,
    check_condition,
    plain,
    to_text,
)
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.offline_evaluation import Pipelines
from thermal_depth_ros.evaluation.paired.frame_files import write_frames
from thermal_depth_ros.evaluation.processes import Process, own_device, this_process
from thermal_depth_ros.evaluation.reports.evaluation_report import (
    CameraReport,
    EvaluationReport,
    render_evaluation,
    result_sections,
)
from thermal_depth_ros.evaluation.trajectories import KIND as TRAJECTORY
from thermal_depth_ros.evaluation.trajectories import write_trajectories
from thermal_depth_ros.frames.config import CameraConfig
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.metrics.baselines import MOST_KEPT
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS

_MOST_NAMED = 8  # recordings and truths in the report
_FEWEST_KEPT = 1 << 14  # pixels of a recording for the fixed map of all of them


@dataclasses.dataclass
class Share:
    """Results of one process."""

    results: list[RecordingResult]
    galleries: dict[str, Gallery]
    notes: list[str]
    pipelines: dict[str, PipelineDescription]


def evaluate_recordings(job: EvaluationJob, stop: StopRequest) -> bool:
    """Evaluate recordings, print and write the results.

    Returns:
        Whether every frame with ground truth was scored and every condition is met; always in
        processes other than the first.

    Raises:
        BagError: A recording cannot be read.
        SettingsError: A setting is wrong.
        BundleError: A bundle cannot be loaded.
        EvaluationError: Truth is missing or does not fit.
        ConditionError: A condition names an unknown metric.
        KeyboardInterrupt: A signal came.
    """
    started = time.monotonic()
    process = this_process()
    if job.predictions and len(job.predictions) != len(job.recordings):
        raise EvaluationError(
            f'--predictions: {len(job.predictions)} for {len(job.recordings)} recordings'
        )
    shares = process.gather(_evaluate(job, process, stop))
    if not process.first:
        return True
    return _report(job, _merged(shares), process, time.monotonic() - started)


def _evaluate(job: EvaluationJob, process: Process, stop: StopRequest) -> Share:
    shown = screen.output_screen() if process.first else screen.Screen(file=io.StringIO())
    galleries = {kind: Gallery(job.pictures) for kind in (*contract.OUTPUTS, TRAJECTORY)}
    share = Share([], galleries, [], {})
    configs = _on_own_device(job.cameras.configs, process)
    pipelines = Pipelines(configs, stop.interrupting, at_network_size(job))
    evaluator = RecordingEvaluator(job, pipelines, galleries, share.notes.append)
    try:
        with screen.progress(shown) as begin:
            for path, outputs in process.share(job.pairs):
                results = evaluator.evaluate(path, outputs, lambda: stop.asked, begin)
                share.results += [_summarised(result, job) for result in results]
        for gallery in galleries.values():
            gallery.read_images()
        share.pipelines = {p.description.kind: p.description for p in pipelines.opened()}
    finally:
        pipelines.close()
    return share


def _summarised(result: RecordingResult, job: EvaluationJob) -> RecordingResult:
    """Return a result with its metrics, and with less of what only those of the set need.

    Raises:
        EvaluationError: A class to average over is not one of the label set's.
    """
    try:
        summary = result.scores.result(job.listed)
    except ValueError as error:
        raise EvaluationError(f'--classes: {error}') from error
    result.scores.keep_baselines(max(MOST_KEPT // len(job.recordings), _FEWEST_KEPT))
    return dataclasses.replace(result, summary=summary)


def _on_own_device(
    configs: Mapping[str, CameraConfig], process: Process
) -> Mapping[str, CameraConfig]:
    """Assign each process its own GPU unless a device is set."""
    device = own_device() if process.count > 1 else None
    if device is None:
        return configs
    return {
        kind: dataclasses.replace(config, device=device) if config.device == 'auto' else config
        for kind, config in configs.items()
    }


def _merged(shares: Sequence[Share]) -> Share:
    first = shares[0]
    for share in shares[1:]:
        first.results += share.results
        first.notes += share.notes
        first.pipelines = {**share.pipelines, **first.pipelines}
        for kind, gallery in share.galleries.items():
            first.galleries[kind].merge(gallery)
    first.results.sort(key=lambda result: (result.recording, result.topic))
    return first


def _report(job: EvaluationJob, share: Share, process: Process, seconds: float) -> bool:
    """Show the metrics, write them and the page; return whether everything is in order."""
    cameras = _camera_reports(job, share)
    metrics = {camera.kind: camera_metrics(camera.result) for camera in cameras}
    conditions = [check_condition(condition, metrics) for condition in job.conditions]
    dropped = sum(sum(result.dropped.values()) for result in share.results)
    problems = list(dict.fromkeys(text for c in cameras for text in c.result.problems))
    problems += [f'{dropped} frames were dropped'] if dropped else []
    for description in share.pipelines.values():
        share.notes += description.announcements
    report = EvaluationReport(
        title='Evaluation',
        description=_description(job, share),
        untrained={
            each.bundle: each.untrained_outputs
            for each in share.pipelines.values()
            if not each.trained
        },
        cameras=cameras,
        conditions=conditions,
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(share.notes)),
        provenance=_provenance(job, share, process, seconds),
    )
    shown = screen.output_screen()
    show_report(shown, report)
    job.output.mkdir(parents=True, exist_ok=True)
    page, file = job.output / 'report.html', job.output / 'metrics.json'
    write_text(page, render_evaluation(report))
    frames = write_frames(
        job.output, [(r.recording, r.topic, r.kind, r.scores) for r in share.results]
    )
    paths = [path for result in share.results for path in result.scores.trajectory.paths]
    frames += write_trajectories(job.output, paths, job.trajectory_format)[:1]
    write_text(file, to_text(_metrics(job, report, metrics, share)))
    shown.print('\n'.join(map(str, (file, *frames, page))))
    return not problems and all(condition.met for condition in conditions)


def _camera_reports(job: EvaluationJob, share: Share) -> list[CameraReport]:
    reports = []
    for kind in (*contract.OUTPUTS, TRAJECTORY):
        results = [result for result in share.results if result.kind == kind]
        if not results:
            continue
        options = job.options[kind]
        relative = any(result.scores.depth.up_to_scale for result in results)
        total = CameraAccumulator(kind, PROTOCOLS[options.protocol], (), up_to_scale=relative)
        for result in results:
            try:
                total.merge(result.scores)
            except ValueError as error:
                raise EvaluationError(f'{result.recording}: {error}') from error
        listed = [(_name(r, results), r.summary) for r in results if r.summary is not None]
        merged = total.result(job.listed)
        pipeline = share.pipelines.get(kind)
        labels = pipeline.labels if pipeline is not None else None
        reports.append(
            CameraReport(
                kind=kind,
                protocol=options.protocol,
                result=merged,
                recordings=listed,
                tracks=total.tracks,
                gallery=share.galleries[kind],
                colours=_colours(labels, total.segmentation.names),
                median_scaling=options.median_scaling or relative,
                depth_remark=' '.join(dict.fromkeys(r.depth_remark for r in results)).strip(),
            )
        )
    return reports


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


def _description(job: EvaluationJob, share: Share) -> str:
    bundles = ' and '.join(p.bundle for p in share.pipelines.values())
    whose = f'Outputs of {bundles}' if bundles else 'Recorded outputs'
    count = len(job.recordings)
    scaled = all(options.median_scaling for options in job.options.values())
    return (
        f'{whose} compared with ground truth in {count} recording{"s" * (count != 1)}. The worst '
        f'and best depth frames are those {"after" if scaled else "before"} median scaling.'
    )


def _provenance(
    job: EvaluationJob, share: Share, process: Process, seconds: float
) -> dict[str, str]:
    more = len(job.recordings) - _MOST_NAMED
    provenance = {
        'recordings': ', '.join(map(str, job.recordings[:_MOST_NAMED]))
        + (f' and {more} more' if more > 0 else ''),
        'thermal_depth_ros': __version__,
    }
    for kind, description in share.pipelines.items():
        provenance[f'{kind} bundle'] = description.bundle
        provenance[f'{kind} device'] = f'{description.device}, {description.engine.summary}'
        provenance[f'{kind} network input'] = description.network_input
        provenance[f'{kind} scale'] = f'{description.scale:g}, {description.scale_source}'
    for kind in {result.kind for result in share.results} - {TRAJECTORY}:
        provenance[f'{kind} depth protocol'] = job.options[kind].protocol
    truths = {f'{n}: {t}' for result in share.results for n, t in result.truth.items()}
    provenance['truth'] = '; '.join(sorted(truths)[:_MOST_NAMED])
    provenance['processes'] = str(process.count)
    provenance['duration'] = f'{seconds:.0f} s'
    return provenance


def _metrics(
    job: EvaluationJob, report: EvaluationReport, metrics: dict[str, Any], share: Share
) -> dict[str, Any]:
    recordings = [
        {
            'recording': result.recording,
            'camera': result.topic,
            'kind': result.kind,
            'truth': result.truth,
            'dropped': dict(result.dropped),
            'odometry_lost': dict(result.odometry_lost),
            **camera_metrics(result.summary),
        }
        for result in share.results
        if result.summary is not None
    ]
    return {
        'cameras': metrics,
        'recordings': recordings,
        'conditions': [plain(dataclasses.asdict(condition)) for condition in report.conditions],
        'options': {
            'classes': job.listed,
            'median_scaling': {c.kind: c.median_scaling for c in report.cameras},
            'arguments': list(job.arguments),
            'folder': str(Path.cwd()),
        },
        'protocols': {camera.kind: camera.protocol for camera in report.cameras},
        'untrained_bundles': list(report.untrained),
        'problems': list(report.problems),
        'notes': list(report.notes),
        'provenance': dict(report.provenance),
    }


def show_report(console: Console, report: EvaluationReport) -> None:
    """Show notes and problems, the tables of every camera, and conditions."""
    for note in report.notes:
        console.print(f'note: {note}')
    for problem in report.problems:
        console.print(f'problem: {problem}')
    for camera in report.cameras:
        for section in result_sections(camera).values():
            for table in section.tables:
                console.print(screen.table(table.title, table.columns, table.texts()))
            if section.text:
                console.print(section.text)
    for condition in report.conditions:
        console.print(condition.text)
