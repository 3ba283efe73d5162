# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Report sections on a recorded run: latency, messages, drops, odometry, diagnostics."""

from collections.abc import Mapping

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.camera_status import LATENCY
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, Track
from thermal_depth_ros.evaluation.reports.charts import (
    latency_chart,
    motion_chart,
    trajectory_chart,
)
from thermal_depth_ros.evaluation.run_metrics import (
    InputTopic,
    OutputTopic,
    RunMetrics,
    made_from_frames,
    topic_latency_ms,
)
from thermal_depth_ros.pages.report import UNKNOWN, Section, Status, Table, Tile

_LATENCY_TEXT = (
    'Time from the stamp of the image to the publication of the last result (node), or to the '
    'reception of a result in another process (recorder). It includes transport, waiting for the '
    'previous frame, decoding, inference and building the messages. '
)
_WALL_TIME = 'Times are wall-clock times.'
_SIMULATED_TIME = (
    'Times are measured on the replayed /clock. If it stops before the last frames are processed, '
    'the times of the node lack the rest; those of the recorder include it.'
)


def tiles(metrics: RunMetrics) -> list[Tile]:
    """Return the headline metrics."""
    shown = []
    for kind, camera in metrics.cameras.items():
        counts = f'{camera.frames_published} of {camera.frames_received}'
        rate = _depth_rate(metrics, kind)
        shown.append((counts, f'{kind} frames processed'))
        shown.append((f'{rate:.2f} Hz' if rate else UNKNOWN, f'{kind} depth'))
        latency = camera.latency_ms.get(LATENCY)
        if latency:
            shown.append((f'{latency["p50"]:.0f} ms', f'{kind} {LATENCY}, median'))
    device = next((d for c in metrics.cameras.values() if (d := c.fact('device'))), None)
    return [*shown, (device, 'device')] if device else shown


def latency_section(run: RecordedRun, metrics: RunMetrics, name: str) -> Section:
    """Describe the latency of the outputs, as measured by the nodes and by the recorder.

    Args:
        run: Recorded run.
        metrics: Metrics of the run.
        name: Name of the run, unique on the page.
    """
    rows: list[tuple[object, ...]] = [
        ('node', f'{kind}: {what}', camera.frames_published, *_milliseconds(*times.values()), None)
        for kind, camera in metrics.cameras.items()
        for what, times in camera.latency_ms.items()
    ]
    rows += [
        (
            'recorder',
            t.topic,
            latency.count,
            *_milliseconds(latency.p50, latency.p95, latency.p99, latency.maximum),
        )
        for t in metrics.outputs
        if (latency := t.latency) is not None
    ]
    if not rows:
        return Section('Latency', 'Unknown: stamps and times of reception are of different clocks.')
    columns = ('measured by', 'topic', 'messages', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms')
    series = _depth_latencies(run)
    return Section(
        'Latency',
        _LATENCY_TEXT + (_WALL_TIME if run.clock is None else _SIMULATED_TIME),
        tables=[Table('', columns, rows, text_columns=2, code_columns=(1,))],
        charts=[(latency_chart(series, f'{name}-latency'), 'Depth images')] if series else [],
    )


def messages_section(metrics: RunMetrics) -> Section:
    """List inputs and outputs."""
    rows = [('in', *_message_cells(topic)) for topic in metrics.inputs]
    rows += [(_direction(topic), *_message_cells(topic)) for topic in metrics.outputs]
    columns = ('', 'topic', 'type', 'messages', 'rate Hz')
    return Section('Messages', tables=[Table('', columns, rows, text_columns=3, code_columns=(1,))])


def drops_section(metrics: RunMetrics) -> Section:
    """List dropped frames and the reasons."""
    rows = [
        (f'{kind} node', reason, count)
        for kind, camera in metrics.cameras.items()
        for reason, count in camera.dropped.items()
    ]
    if not metrics.cameras:
        return Section('Dropped frames', 'No camera node reported on /diagnostics.')
    if not rows:
        return Section('Dropped frames', 'None.')
    return Section(
        'Dropped frames',
        'While a frame is processed, newer frames replace each other, so that results are as '
        'recent as possible. Every frame that is left out is counted.',
        tables=[Table('', ('node', 'reason', 'frames'), rows, text_columns=2)],
    )


def odometry_section(track: Track | None, name: str, losses: Mapping[str, int]) -> list[Section]:
    """Describe the motion of a run; empty if no odometry was published.

    Args:
        track: Recorded odometry.
        name: Name of the run.
        losses: Number of frames with lost odometry, by kind of loss.
    """
    if track is None:
        return []
    text = (
        f'{len(track.lost)} poses of {track.child_frame} in {track.frame}; path length '
        f'{track.length_m:.2f} m; {int(track.lost.sum()) or "none"} marked as lost by covariance.'
    )
    if losses:
        kinds = ', '.join(f'{kind} {count}' for kind, count in losses.items())
        text += f' Losses counted by the node: {kinds}.'
    charts = [
        (trajectory_chart(track, f'{name}-trajectory'), 'Seen from above'),
        (motion_chart(track, f'{name}-motion'), 'Over time'),
    ]
    return [Section('Odometry', text, charts=charts)]


def diagnostics_section(run: RecordedRun) -> list[Section]:
    """List the last status of every component; empty if there is none."""
    statuses = [
        Status(
            status.level.name,
            f'{status.name}: {status.message}',
            Table('', (), list(status.values.items())),
        )
        for status in sorted(run.diagnostics.values(), key=lambda s: s.name)
    ]
    return [Section('Last diagnostics', statuses=statuses)] if statuses else []


def _depth_latencies(run: RecordedRun) -> dict[str, np.ndarray]:
    latencies = {}
    for kind, outputs in contract.OUTPUTS.items():
        series = run.find(outputs['depth'].topic)
        values = topic_latency_ms(series, run) if series else None
        if values is not None and np.any(values > 0):
            latencies[kind] = values[values > 0]
    return latencies


def _depth_rate(metrics: RunMetrics, kind: str) -> float | None:
    name = f'/{contract.OUTPUTS[kind]["depth"].topic}'
    return next((t.rate_hz for t in metrics.outputs if t.topic.endswith(name)), None)


def _direction(output: OutputTopic) -> str:
    latched = tuple(o.topic for o in contract.RGB_OUTPUTS.values() if o.latched)
    return 'out' if output.topic.endswith(latched) or made_from_frames(output.topic) else 'other'


def _message_cells(topic: InputTopic | OutputTopic) -> tuple[object, ...]:
    rate = None if topic.rate_hz is None else f'{topic.rate_hz:.2f}'
    return topic.topic, topic.type.rpartition('/')[2], topic.messages, rate


def _milliseconds(*times_ms: float) -> list[str]:
    return [f'{time_ms:.1f}' for time_ms in times_ms]
