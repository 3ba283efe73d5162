# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The work of `evaluate`: recordings shared between processes, scores merged, results written."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.evaluate_choice import Choice, read_choice
from thermal_depth_ros.cli.evaluate_pipelines import Pipelines
from thermal_depth_ros.cli.evaluate_recording import RecordingEvaluator
from thermal_depth_ros.cli.evaluate_report import Share, report
from thermal_depth_ros.cli.evaluate_view import progress, silent_console
from thermal_depth_ros.cli.process_view import console
from thermal_depth_ros.evaluation.comparison import Gallery
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.notable_frames import NotableFrames
from thermal_depth_ros.evaluation.processes import Process, own_device, this_process
from thermal_depth_ros.metrics.depth import PROTOCOLS, Resize


def run_job(options: argparse.Namespace, stop: StopRequest) -> int:
    """Evaluate recordings as the command line says; return the exit code.

    Raises:
        BagError: A recording cannot be read.
        SettingsError: A setting is wrong.
        BundleError: A bundle cannot be loaded.
        EvaluationError: Truth is missing or does not fit.
        ConditionError: A condition speaks of a figure that is not there.
        KeyboardInterrupt: A signal came.
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
    return report(options, choice, _merged(shares), process, time.monotonic() - started)


def _place(options: argparse.Namespace, process: Process) -> None:
    """Assign each process its own GPU unless a device is set."""
    device = own_device() if process.count > 1 else None
    for kind in contract.OUTPUTS:
        if device is not None and getattr(options, f'{kind}.device') is None:
            setattr(options, f'{kind}.device', device)


def _evaluate(
    options: argparse.Namespace, choice: Choice, process: Process, stop: StopRequest
) -> Share:
    screen = console() if process.first else silent_console()
    galleries = {
        kind: Gallery(NotableFrames(choice.pictures), NotableFrames(choice.pictures))
        for kind in contract.OUTPUTS
    }
    share = Share([], galleries, [], {})
    pipelines = Pipelines(choice.configs, stop.interrupting, _at_network_size(choice))
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


def _at_network_size(choice: Choice) -> list[str]:
    """Return the kinds whose protocol resizes depth itself, from the size of the network."""
    protocols = {kind: PROTOCOLS[options.protocol] for kind, options in choice.options.items()}
    return [kind for kind, protocol in protocols.items() if protocol.resize is Resize.DEPTH]


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
