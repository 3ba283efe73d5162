# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Summary of the demo for the terminal."""

from collections.abc import Iterator, Sequence

from thermal_depth_ros.demo.day_night import night_by_day
from thermal_depth_ros.demo.results import ScenarioResult
from thermal_depth_ros.evaluation.camera_status import LATENCY
from thermal_depth_ros.evaluation.reports.evaluation_report import headline_metrics

HEADINGS = ('scenario', 'camera', 'sent', 'received', 'done', 'dropped', 'p50 / p95 / p99')


def summary_rows(result: ScenarioResult) -> Iterator[tuple[str, ...]]:
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


def truth_lines(result: ScenarioResult) -> Iterator[str]:
    """Yield a line for each camera that was compared with ground truth."""
    for camera in result.scene.truth:
        metrics = '; '.join(f'{name} {value}' for value, name in headline_metrics(camera))
        if metrics:
            yield f'{result.scenario.name}, {camera.kind}, compared with ground truth: {metrics}'


def night_lines(results: Sequence[ScenarioResult]) -> Iterator[str]:
    """Yield a line comparing the RGB camera by night and by day, if both were evaluated."""
    found = night_by_day([result.scene for result in results])
    if found:
        words = [
            f'{entry.name} {entry.second:.{entry.digits}f} / {entry.first:.{entry.digits}f}'
            + ('' if entry.ratio is None else f' = {entry.ratio:.2f}')
            for entry in found
        ]
        yield f'rgb, night / day: {"; ".join(words)}'
