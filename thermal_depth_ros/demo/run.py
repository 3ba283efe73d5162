# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Plays the scenarios of the demo, writes its report and prints a summary."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.screen import output_screen, table
from thermal_depth_ros.demo.day_night import night_by_day
from thermal_depth_ros.demo.playback import NodeOptions, Playback
from thermal_depth_ros.demo.results import Outputs, ScenarioResult, read_result, write_outputs
from thermal_depth_ros.demo.scenarios import Scenario, prepare
from thermal_depth_ros.evaluation.camera_status import LATENCY
from thermal_depth_ros.evaluation.reports.evaluation_report import headline_metrics
from thermal_depth_ros.inference.pipeline import CONFIGS, open_pipeline

_TITLE = 'frames, and milliseconds from stamp to publication'
_COLUMNS = ('scenario', 'camera', 'sent', 'received', 'done', 'dropped', 'p50 / p95 / p99')


def run_demo(scenarios: Sequence[Scenario], options: NodeOptions, output: Path) -> None:
    """Play scenarios one after the other, write the report and print a summary.

    Args:
        scenarios: Scenarios to play.
        options: Options of the camera nodes.
        output: Folder of the report, with one folder for each scenario.

    Raises:
        DemoError: A process failed, or published no depth image.
        BagError: A recording cannot be read.
    """
    started = time.monotonic()
    results = [_play(scenario, options, output / scenario.name) for scenario in scenarios]
    _say('writing the report')
    outputs = write_outputs(results, output)
    _show_summary(outputs, results, time.monotonic() - started)


def _play(scenario: Scenario, options: NodeOptions, folder: Path) -> ScenarioResult:
    _say(f'{scenario.name}: {scenario.title}')
    source = prepare(scenario, folder, _say)
    for kind in source.kinds:
        _export_networks(kind, options)
    _say(f'starting the camera nodes: {", ".join(source.kinds)}')
    playback = Playback(source, options, folder, _say)
    measured = playback.run()
    _say('reading the recorded outputs')
    return read_result(scenario, source, playback.recording, playback.logs, measured)


def _export_networks(kind: str, options: NodeOptions) -> None:
    """Export and compile networks that this machine has not run yet, which the nodes then find."""
    chosen = {'bundle': options.bundles.get(kind), 'device': options.device}
    settings: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    # A node says better what is wrong with a bundle.
    with contextlib.suppress(ThermalDepthError):
        open_pipeline(kind, CONFIGS[kind](**settings)).close()


def _say(text: str) -> None:
    print(text, flush=True)


def _show_summary(outputs: Outputs, results: Sequence[ScenarioResult], seconds: float) -> None:
    """Print frames, latencies and metrics of the scenarios, and the paths of the outputs."""
    screen = output_screen()
    rows = [row for result in results for row in _rows(result)]
    screen.print(table(_TITLE, _COLUMNS, rows, left=(0, 1)))
    for result in results:
        for line in _truth_lines(result):
            screen.print(line)
    for line in night_lines(results):
        screen.print(line)
    if outputs.untrained:
        screen.print(
            f'Untrained weights ({" and ".join(outputs.untrained)}): rates, latency and drops are '
            'real; depth, motion and classes are meaningless.',
            style='bold',
        )
    for result in results:
        screen.print(f'recording  {result.scene.recording}', soft_wrap=True)
    screen.print(f'report     {outputs.report}', soft_wrap=True)
    screen.print(f'metrics    {outputs.metrics}', soft_wrap=True)
    screen.print(f'done in {seconds:.0f} s')


def _rows(result: ScenarioResult) -> Iterator[tuple[str, ...]]:
    """Yield, per camera: frames sent, received, done and dropped, and latency percentiles."""
    figures = result.scene.metrics
    sent = {entry.topic: entry.messages for entry in figures.inputs}
    for stream in result.source.cameras:
        camera = figures.cameras.get(stream.kind)
        if camera is None:
            continue
        latency = camera.latency_ms.get(LATENCY, {})
        counts = (
            sent.get(stream.image_topic, 0),
            camera.frames_received,
            camera.frames_published,
            sum(camera.dropped.values()),
        )
        times = ' / '.join(f'{latency[p]:.0f}' for p in ('p50', 'p95', 'p99') if p in latency)
        yield (result.scenario.name, stream.kind, *map(str, counts), times or '-')


def _truth_lines(result: ScenarioResult) -> Iterator[str]:
    """Yield a line for each camera that was compared with ground truth."""
    for camera in result.scene.truth:
        metrics = '; '.join(f'{value} {name}' for value, name in headline_metrics(camera))
        if metrics:
            yield f'{result.scenario.name}, {camera.kind}, compared with ground truth: {metrics}'


def night_lines(results: Sequence[ScenarioResult]) -> Iterator[str]:
    """Yield a line comparing the RGB camera by night and by day, if both were evaluated."""
    pairs = night_by_day([result.scene for result in results])
    if pairs:
        words = [
            f'{entry.name} {entry.second:.{entry.digits}f} / {entry.first:.{entry.digits}f}'
            + ('' if entry.ratio is None else f' = {entry.ratio:.2f}')
            for entry in pairs
        ]
        yield f'rgb, night / day: {"; ".join(words)}'
