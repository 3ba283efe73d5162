# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Self-contained HTML report of recorded runs."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.camera_section import CameraSection, camera_section
from thermal_depth_ros.evaluation.evaluation_page import (
    CameraReport,
    Section,
    truth_section,
    truth_tiles,
)
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, read_run
from thermal_depth_ros.evaluation.run_metrics import RunMetrics, measure
from thermal_depth_ros.evaluation.run_sections import (
    DiagnosticRow,
    DropsSection,
    LatencySection,
    MessageRow,
    OdometrySection,
    diagnostics_section,
    drops_section,
    latency_section,
    messages_section,
    odometry_section,
    tiles,
)
from thermal_depth_ros.evaluation.side_by_side import SideBySide
from thermal_depth_ros.pages.page_parts import Tile, render_page


@dataclasses.dataclass(frozen=True)
class Attribution:
    """Author, licence and modifications of a recording."""

    title: str
    authors: str
    url: str
    licence: str
    changes: str


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """A recorded run of the nodes and its description.

    Attributes:
        recording: Recording of the node outputs.
        run: Contents of the recording except images.
        metrics: Metrics of the run.
        inputs: Recording played into the nodes; its images are shown.
        name: Name of the scene, one word, unique on the page.
        title: Heading; '' for none.
        words: A few sentences below it.
        truth: Cameras compared with ground truth.
        attribution: Sources of the images.
    """

    recording: Path
    run: RecordedRun
    metrics: RunMetrics
    inputs: Path | None = None
    name: str = 'run'
    title: str = ''
    words: str = ''
    truth: tuple[CameraReport, ...] = ()
    attribution: tuple[Attribution, ...] = ()


@dataclasses.dataclass(frozen=True)
class NetworkNote:
    """Description of the networks of one kind of camera."""

    kind: str
    bundle: str
    words: str


@dataclasses.dataclass(frozen=True)
class ReportInfo:
    """Contents of a report that are not in the recordings.

    Attributes:
        title: Heading of the page.
        description: One or two sentences below it.
        untrained: Names of the bundles whose weights are random.
        networks: Training data of the networks, or that they are untrained.
        palettes: Colours of the classes by camera kind and class id.
        provenance: Device, versions, durations and so on, as shown.
        frames: Number of frames shown per camera.
    """

    title: str
    description: str
    untrained: tuple[str, ...] = ()
    networks: tuple[NetworkNote, ...] = ()
    palettes: Mapping[str, Mapping[int, tuple[int, int, int]]] = dataclasses.field(
        default_factory=dict
    )
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict)
    frames: int = 3


@dataclasses.dataclass(frozen=True, eq=False)
class _Part:
    """A scene, as used by the template."""

    name: str
    title: str
    words: str
    tiles: list[Tile]
    problems: tuple[str, ...]
    truth: list[Section]
    cameras: list[CameraSection]
    trajectory: OdometrySection | None
    latency: LatencySection
    messages: list[MessageRow]
    drops: DropsSection
    diagnostics: list[DiagnosticRow]
    attribution: tuple[Attribution, ...]


def read_scene(recording: Path, inputs: Path | None = None) -> Scene:
    """Measure a recorded run; add a description with `replace`.

    Raises:
        BagError: A recording cannot be read.
    """
    run = read_run(recording)
    return Scene(recording, run, measure(run, inputs), inputs)


def render(scenes: Sequence[Scene], info: ReportInfo, beside: Sequence[SideBySide] = ()) -> str:
    """Return the page as HTML text.

    Args:
        scenes: Recorded scenes, in order.
        info: Information that is not in the recordings.
        beside: Side-by-side comparisons; they come first.

    Raises:
        BagError: A recording cannot be read.
    """
    return render_page(
        'report.html.j2',
        title=info.title,
        description=info.description,
        untrained=info.untrained,
        networks=info.networks,
        beside=beside,
        scenes=[_part(scene, info) for scene in scenes],
        provenance=list(info.provenance.items()),
    )


def _part(scene: Scene, info: ReportInfo) -> _Part:
    run, figures = scene.run, scene.metrics
    return _Part(
        name=scene.name,
        title=scene.title,
        words=scene.words,
        tiles=tiles(figures) + [tile for camera in scene.truth for tile in truth_tiles(camera)],
        problems=figures.problems,
        truth=[_beside_truth(camera, scene.name) for camera in scene.truth],
        cameras=_cameras(scene, info),
        trajectory=odometry_section(run.track, scene.name, _losses(scene)),
        latency=latency_section(run, figures, scene.name),
        messages=messages_section(figures),
        drops=drops_section(figures),
        diagnostics=diagnostics_section(run),
        attribution=scene.attribution,
    )


def _beside_truth(camera: CameraReport, name: str) -> Section:
    section = truth_section(camera, f'{name}-')
    return dataclasses.replace(section, title=f'{section.title} beside the truth')


def _cameras(scene: Scene, info: ReportInfo) -> list[CameraSection]:
    found = []
    for kind in contract.OUTPUTS:
        palette = info.palettes.get(kind, {})
        section = camera_section(
            scene.recording, scene.inputs, scene.run, kind, info.frames, palette
        )
        if section is not None:
            status = scene.metrics.cameras.get(kind)
            untrained = status is not None and status.trained is False
            title = f'{section.title}, untrained networks' if untrained else section.title
            found.append(dataclasses.replace(section, title=title))
    return found


def _losses(scene: Scene) -> dict[str, int]:
    """Return the numbers of frames with lost odometry, by kind, as counted by the nodes."""
    cameras = scene.metrics.cameras.values()
    return {kind: n for camera in cameras for kind, n in camera.odometry_lost.items()}
