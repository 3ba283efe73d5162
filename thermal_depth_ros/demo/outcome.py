# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What comes out of the demo: report.html, metrics.json, and a short table."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.demo.errors import DemoError
from thermal_depth_ros.demo.material import Material
from thermal_depth_ros.demo.stage import Performance
from thermal_depth_ros.evaluation.camera_status import LATENCY
from thermal_depth_ros.evaluation.measures import RunFigures, measure, to_json
from thermal_depth_ros.evaluation.provenance import machine, versions
from thermal_depth_ros.evaluation.recorded_run import read_run
from thermal_depth_ros.evaluation.report import ReportInfo, render

TITLE = 'Demo: a real recording through the running vehicle'
DESCRIPTION = (
    'Real camera images were played in real time over DDS into the running camera nodes. '
    'Everything the nodes published was recorded by another process, and this page was made '
    'from that recording.'
)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Where to look, and the figures."""

    report: Path
    metrics: Path
    figures: RunFigures
    untrained: tuple[str, ...]


def write_outcome(
    material: Material, recording: Path, performance: Performance, folder: Path
) -> Outcome:
    """Read back what was recorded; write the report and the metrics.

    Raises:
        DemoError: no depth image was published.
        BagError: the recording cannot be read.
    """
    started = time.monotonic()
    run = read_run(recording)
    figures = measure(run, material.path)
    if not figures.published:
        raise DemoError(f'no depth image was published; see the logs in {folder / "logs"}')
    untrained = tuple(c.bundle or k for k, c in figures.cameras.items() if c.trained is False)
    page = render(recording, run, figures, _info(material, performance, untrained, figures))
    report, metrics = folder / 'report.html', folder / 'metrics.json'
    report.write_text(page, encoding='utf-8')
    durations = {**performance.durations_s, 'report': time.monotonic() - started}
    metrics.write_text(
        to_json(figures, _metrics(material, performance, untrained, durations)), encoding='utf-8'
    )
    return Outcome(report, metrics, figures, untrained)


def _metrics(
    material: Material,
    performance: Performance,
    untrained: tuple[str, ...],
    durations_s: dict[str, float],
) -> dict[str, object]:
    return {
        'recording': material.path.name,
        'trained': not untrained,
        'untrained_bundles': list(untrained),
        'durations_s': {name: round(value, 3) for name, value in durations_s.items()},
        'vehicle': {
            'memory_mib': round(performance.vehicle_memory_mib, 1),
            'cpu_percent_of_a_core': round(performance.vehicle_cpu_percent, 1),
            'every_frame_accounted_for': performance.idle,
        },
        'machine': machine(),
        'versions': versions(),
    }


def palette(bundle: str | None) -> dict[int, tuple[int, int, int]]:
    """Return the display colours of a bundle's classes; empty where it has none."""
    try:
        labels = read_spec(find_bundle(bundle)).labels if bundle else None
    except BundleError:
        return {}
    return dict(enumerate(labels.colours)) if labels else {}


def summary_rows(outcome: Outcome, material: Material) -> Iterator[tuple[str, ...]]:
    """Give, per camera: frames sent, received, done and dropped, and latency percentiles."""
    sent = {entry.topic: entry.messages for entry in outcome.figures.inputs}
    for stream in material.cameras:
        camera = outcome.figures.cameras.get(stream.kind)
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
        yield (stream.kind, *map(str, counts), times or '-')


def _info(
    material: Material,
    performance: Performance,
    untrained: tuple[str, ...],
    figures: RunFigures,
) -> ReportInfo:
    seconds = ', '.join(f'{k} {v:.1f} s' for k, v in performance.durations_s.items())
    bundles = {kind: camera.bundle for kind, camera in figures.cameras.items()}
    provenance = {
        'recording played': f'{material.path.name}, {material.duration_s:.1f} s',
        'bundles': ', '.join(f'{kind}: {name}' for kind, name in bundles.items()),
        **machine(),
        'vehicle, resident memory': f'{performance.vehicle_memory_mib:.0f} MiB at most',
        'vehicle, processor': f'{performance.vehicle_cpu_percent:.0f} % of a core on average',
        'durations': seconds,
        'versions': ', '.join(f'{name} {version}' for name, version in versions().items()),
    }
    return ReportInfo(
        title=TITLE,
        description=DESCRIPTION,
        inputs=material.path,
        untrained=untrained,
        palettes={kind: palette(name) for kind, name in bundles.items()},
        attribution=material.attribution,
        provenance=provenance,
    )
