# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Report sections of a whole run: rates, latency, drops, motion, diagnostics."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.camera_status import LATENCY
from thermal_depth_ros.evaluation.charts import latency_chart, motion_chart, trajectory_chart
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, Track
from thermal_depth_ros.evaluation.run_metrics import RunMetrics, made_from_frames, topic_latency_ms
from thermal_depth_ros.pages.page_parts import Tile

UNKNOWN = '-'
NO_LATENCY = 'No latency was measured: the clocks of stamps and reception do not compare.'


@dataclasses.dataclass(frozen=True)
class LatencyRow:
    """One row of the latency table."""

    where: str
    topic: str
    count: str
    p50: str
    p95: str
    p99: str
    maximum: str


@dataclasses.dataclass(frozen=True)
class LatencySection:
    """Latency as text, chart and table."""

    summary: str
    chart: str | None
    rows: list[LatencyRow]


@dataclasses.dataclass(frozen=True)
class MessageRow:
    """Number of messages of a topic."""

    direction: str
    topic: str
    type: str
    count: str
    rate: str


@dataclasses.dataclass(frozen=True)
class DropRow:
    """Number of frames that a node dropped for one reason."""

    where: str
    reason: str
    count: str


@dataclasses.dataclass(frozen=True)
class DropsSection:
    """Drops as text and table."""

    summary: str
    rows: list[DropRow]


@dataclasses.dataclass(frozen=True)
class OdometrySection:
    """Motion as text and two charts (SVG)."""

    summary: str
    top: str
    time: str


@dataclasses.dataclass(frozen=True)
class DiagnosticRow:
    """The last status of one component."""

    level: str
    name: str
    message: str
    pairs: list[tuple[str, str]]


def tiles(figures: RunMetrics) -> list[Tile]:
    """Return the headline metrics."""
    found = []
    for kind, camera in figures.cameras.items():
        rate = _depth_rate(figures, kind)
        found.append(
            Tile(f'{camera.frames_published} of {camera.frames_received}', f'{kind} frames done')
        )
        found.append(Tile(f'{rate:.2f} Hz' if rate else UNKNOWN, f'{kind} depth'))
        latency = camera.latency_ms.get(LATENCY)
        if latency:
            found.append(Tile(f'{latency["p50"]:.0f} ms', f'{kind} {LATENCY}, median'))
    device = next((d for c in figures.cameras.values() if (d := c.fact('device'))), None)
    if device:
        found.append(Tile(device, 'device'))
    return found


def latency_section(run: RecordedRun, figures: RunMetrics, name: str) -> LatencySection:
    """Describe the latency of the outputs, as measured by the nodes and by the recorder.

    Args:
        run: Recorded run.
        figures: Metrics of the run.
        name: Name of the run, unique on the page.
    """
    rows = [
        _latency_row('node', f'{kind}: {name}', camera.frames_published, (*times, None))
        for kind, camera in figures.cameras.items()
        for name, values in camera.latency_ms.items()
        if len(times := [values[p] for p in ('p50', 'p95', 'p99') if p in values]) == 3
    ]
    rows += [
        _latency_row(
            'recorder', topic.topic, seen.count, (seen.p50, seen.p95, seen.p99, seen.maximum)
        )
        for topic in figures.outputs
        if (seen := topic.latency) is not None
    ]
    series = _depth_latencies(run)
    summary = _latency_words(run) if rows else NO_LATENCY
    chart = latency_chart(series, f'{name}-latency') if series else None
    return LatencySection(summary, chart, rows)


def _latency_row(
    where: str, topic: str, count: int, times_ms: Sequence[float | None]
) -> LatencyRow:
    """Format a row; the times are p50, p95, p99 and the maximum."""
    p50, p95, p99, maximum = (UNKNOWN if t is None else f'{t:.1f}' for t in times_ms)
    return LatencyRow(where, topic, str(count), p50, p95, p99, maximum)


def _latency_words(run: RecordedRun) -> str:
    words = (
        'Times are from the stamp of the image to the publication of the last result (node), or '
        'to the reception of a result in another process (recorder). They contain everything: '
        'transport, waiting for the frame before, decoding, the networks and building messages.'
    )
    if run.clock is None:
        return words + ' They are in wall time.'
    return (
        words + ' They are in the time of the replayed /clock. Should that stop before the last '
        'frames are done, the figures of the node lack the rest; those of the recorder do not.'
    )


def messages_section(figures: RunMetrics) -> list[MessageRow]:
    """List inputs and outputs."""
    rows = [
        MessageRow('in', t.topic, _short(t.type), str(t.messages), _rate(t.rate_hz))
        for t in figures.inputs
    ]
    return rows + [
        MessageRow(_direction(t.topic), t.topic, _short(t.type), str(t.messages), _rate(t.rate_hz))
        for t in figures.outputs
    ]


def drops_section(figures: RunMetrics) -> DropsSection:
    """List drops and their reasons."""
    rows = [
        DropRow(f'{kind} node', reason, str(count))
        for kind, camera in figures.cameras.items()
        for reason, count in camera.dropped.items()
    ]
    if not figures.cameras:
        return DropsSection('No camera node reported on /diagnostics.', [])
    if not rows:
        return DropsSection('No frame was dropped.', [])
    return DropsSection(
        'The newest frame wins: while a frame is worked on, later ones replace each other, so that '
        'results are never older than they must be. Every frame left out is counted.',
        rows,
    )


def odometry_section(
    track: Track | None, name: str, losses: Mapping[str, int] | None = None
) -> OdometrySection | None:
    """Describe the motion of a run, or return None if no odometry was published.

    Args:
        track: Recorded odometry.
        name: Name of the run.
        losses: Number of frames with lost odometry, by kind of loss.
    """
    if track is None:
        return None
    lost = int(track.lost.sum())
    summary = (
        f'{len(track.lost)} poses of {track.child_frame} in {track.frame}, '
        f'path of {track.length_m:.2f} m; '
    )
    summary += f'{lost} of them marked lost by their covariance.' if lost else 'none marked lost.'
    if losses:
        kinds = ', '.join(f'{kind} {count}' for kind, count in losses.items())
        summary += f' The node counted losses: {kinds}.'
    top, time = trajectory_chart(track, f'{name}-trajectory'), motion_chart(track, f'{name}-motion')
    return OdometrySection(summary, top, time)


def diagnostics_section(run: RecordedRun) -> list[DiagnosticRow]:
    """List the last status of every component."""
    return [
        DiagnosticRow(
            status.level.name,
            status.name,
            status.message,
            list(status.values.items()),
        )
        for status in sorted(run.diagnostics.values(), key=lambda s: s.name)
    ]


def _depth_latencies(run: RecordedRun) -> dict[str, np.ndarray]:
    found = {}
    for kind, outputs in contract.OUTPUTS.items():
        series = run.find(outputs['depth'].topic)
        values = topic_latency_ms(series, run) if series else None
        if values is not None and np.any(values > 0):
            found[kind] = values[values > 0]
    return found


def _depth_rate(figures: RunMetrics, kind: str) -> float | None:
    name = f'/{contract.OUTPUTS[kind]["depth"].topic}'
    return next((t.rate_hz for t in figures.outputs if t.topic.endswith(name)), None)


def _direction(topic: str) -> str:
    latched = topic.endswith(tuple(o.topic for o in contract.RGB_OUTPUTS.values() if o.latched))
    return 'out' if latched or made_from_frames(topic) else 'beside'


def _short(type_name: str) -> str:
    return type_name.rpartition('/')[2]


def _rate(rate_hz: float | None) -> str:
    return UNKNOWN if rate_hz is None else f'{rate_hz:.2f}'
