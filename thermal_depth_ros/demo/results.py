# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Outputs of the demo: report.html and metrics.json."""

import dataclasses
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from thermal_depth_ros.base import contract
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.demo.day_night import day_and_night, day_night_metrics
from thermal_depth_ros.demo.networks import network_words, palette, spec_of
from thermal_depth_ros.demo.playback import Measurements
from thermal_depth_ros.demo.scenarios import COMPARED, Scenario
from thermal_depth_ros.demo.scene_evaluation import evaluate_scene
from thermal_depth_ros.demo.source import DemoError, Source
from thermal_depth_ros.evaluation.metrics_json import camera_metrics, plain
from thermal_depth_ros.evaluation.reports.run_report import (
    ReportInfo,
    Scene,
    read_scene,
    render,
)
from thermal_depth_ros.pages.provenance import machine, machine_and_versions, versions

FORMAT = 3  # 2 called the scenarios acts
TITLE = 'Demo: recordings through the running vehicle'
DESCRIPTION = (
    'Camera images were played in real time over DDS into the running camera nodes. '
    'A separate process recorded everything the nodes published; this report is made from '
    'those recordings.'
)


@dataclasses.dataclass(frozen=True, eq=False)
class ScenarioResult:
    """A scenario that was played."""

    scenario: Scenario
    source: Source
    measured: Measurements
    scene: Scene


@dataclasses.dataclass(frozen=True)
class Outputs:
    """Paths of the outputs, and bundles with random weights."""

    report: Path
    metrics: Path
    untrained: tuple[str, ...]


def read_result(
    scenario: Scenario, source: Source, recording: Path, logs: Path, measured: Measurements
) -> ScenarioResult:
    """Read the recording of a scenario and compare it with ground truth if available.

    Raises:
        DemoError: No depth image was published.
        BagError: A recording cannot be read.
    """
    scene = read_scene(recording, source.path)
    if not scene.metrics.published:
        raise DemoError(f'no depth image was published; see the logs in {logs}')
    palettes = {kind: palette(spec) for kind, spec in _specs([scene]).items()}
    evaluation = evaluate_scene(scene, source, palettes)
    scene = dataclasses.replace(
        scene,
        name=scenario.name,
        title=scenario.title,
        words=' '.join((scenario.description, *evaluation.notes)),
        truth=evaluation.cameras,
        attribution=source.attribution,
    )
    return ScenarioResult(scenario, source, measured, scene)


def write_outputs(results: Sequence[ScenarioResult], folder: Path) -> Outputs:
    """Write the report and the metrics.

    Raises:
        BagError: A recording cannot be read.
    """
    started = time.monotonic()
    scenes = [result.scene for result in results]
    untrained = _untrained(scenes)
    report, metrics = folder / 'report.html', folder / 'metrics.json'
    info = _info(results, untrained)
    comparison = day_and_night(scenes, info.palettes.get(contract.RGB, {}))
    write_text(report, render(scenes, info, {COMPARED[0]: comparison} if comparison else {}))
    report_s = time.monotonic() - started
    content = {
        'format': FORMAT,
        'trained': not untrained,
        'untrained_bundles': list(untrained),
        'scenarios': {result.scenario.name: scenario_metrics(result) for result in results},
        'day_and_night': day_night_metrics(scenes),
        'report_s': round(report_s, 3),
        'machine': machine(),
        'versions': versions(),
    }
    write_text(metrics, json.dumps(content, indent=2, allow_nan=False) + '\n')
    return Outputs(report, metrics, untrained)


def scenario_metrics(result: ScenarioResult) -> dict[str, Any]:
    """Return the metrics of a scenario as plain values for JSON."""
    measured, scene = result.measured, result.scene
    return {
        'recording': result.source.path.name,
        'durations_s': {name: round(value, 3) for name, value in measured.durations_s.items()},
        'vehicle': {
            'memory_mib': round(measured.vehicle_memory_mib, 1),
            'cpu_percent_of_a_core': round(measured.vehicle_cpu_percent, 1),
            'every_frame_accounted_for': measured.idle,
        },
        **plain(dataclasses.asdict(scene.metrics)),
        'truth': {camera.kind: camera_metrics(camera.result) for camera in scene.truth},
    }


def _untrained(scenes: Sequence[Scene]) -> tuple[str, ...]:
    """Return the names of bundles with random weights, each once."""
    names = [
        camera.bundle or kind
        for scene in scenes
        for kind, camera in scene.metrics.cameras.items()
        if camera.trained is False
    ]
    return tuple(dict.fromkeys(names))


def _bundles(scenes: Sequence[Scene]) -> dict[str, str]:
    """Return the bundle of each kind of camera, as reported by its node."""
    bundles = {
        kind: camera.bundle
        for scene in scenes
        for kind, camera in scene.metrics.cameras.items()
        if camera.bundle
    }
    return {kind: bundles[kind] for kind in contract.OUTPUTS if kind in bundles}


def _specs(scenes: Sequence[Scene]) -> dict[str, BundleSpec | None]:
    return {kind: spec_of(bundle) for kind, bundle in _bundles(scenes).items()}


def _info(results: Sequence[ScenarioResult], untrained: tuple[str, ...]) -> ReportInfo:
    scenes = [result.scene for result in results]
    bundles, specs = _bundles(scenes), _specs(scenes)
    provenance: dict[str, str] = {}
    for result in results:
        provenance |= _run_facts(result)
    return ReportInfo(
        title=TITLE,
        description=DESCRIPTION,
        untrained=untrained,
        networks=tuple((kind, bundles[kind], network_words(spec)) for kind, spec in specs.items()),
        palettes={kind: palette(spec) for kind, spec in specs.items()},
        provenance={**provenance, **machine_and_versions()},
    )


def _run_facts(result: ScenarioResult) -> Mapping[str, str]:
    """Describe the run of a scenario."""
    measured, name = result.measured, result.scenario.name
    seconds = ', '.join(f'{k} {v:.1f} s' for k, v in measured.durations_s.items())
    return {
        f'{name}: played': f'{result.source.path}, {result.source.duration_s:.1f} s',
        f'{name}: durations': seconds,
        f'{name}: vehicle': f'{measured.vehicle_memory_mib:.0f} MiB at most, '
        f'{measured.vehicle_cpu_percent:.0f} % of a core on average',
    }
