# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report on recorded runs of the nodes."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from thermal_depth_ros.base import contract
from thermal_depth_ros.bundles.untrained import ALL_OUTPUTS
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, read_run
from thermal_depth_ros.evaluation.reports import run_sections
from thermal_depth_ros.evaluation.reports.camera_section import camera_sections
from thermal_depth_ros.evaluation.reports.evaluation_report import (
    CAMERA_TITLES,
    CameraReport,
    evaluation_sections,
    evaluation_tiles,
)
from thermal_depth_ros.evaluation.run_metrics import RunMetrics, measure
from thermal_depth_ros.pages.report import (
    Chapter,
    Link,
    Section,
    Table,
    problems_section,
    render_page,
    untrained_section,
)

_UNTRAINED = (
    'This run shows that the graph works from camera message to published output: topics, stamps, '
    'frames, rates, latency and drops are measured. The depth and classes in the pictures do not '
    'describe the scene, and distances are not in metres.'
)


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
class ReportInfo:
    """Contents of a report that are not in the recordings.

    Attributes:
        title: Heading of the page.
        description: One or two sentences below it.
        untrained: Names of the bundles whose weights are random.
        networks: Camera kind, bundle and training of each network.
        palettes: Colours of the classes by camera kind and class id.
        provenance: Device, versions, durations and so on, as shown.
        frames: Number of frames shown per camera.
    """

    title: str
    description: str
    untrained: tuple[str, ...] = ()
    networks: tuple[tuple[str, str, str], ...] = ()
    palettes: Mapping[str, Mapping[int, tuple[int, int, int]]] = dataclasses.field(
        default_factory=dict
    )
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict)
    frames: int = 3


def read_scene(recording: Path, inputs: Path | None = None) -> Scene:
    """Measure a recorded run; add a description with `replace`.

    Raises:
        BagError: A recording cannot be read.
    """
    run = read_run(recording)
    return Scene(recording, run, measure(run, inputs), inputs)


def render(
    scenes: Sequence[Scene], info: ReportInfo, comparisons: Mapping[str, Chapter] | None = None
) -> str:
    """Return the page as HTML text.

    Args:
        scenes: Recorded scenes, in order.
        info: Information that is not in the recordings.
        comparisons: Comparisons, by the name of the scene before which each stands.

    Raises:
        BagError: A recording cannot be read.
    """
    columns = ('camera', 'bundle', 'training')
    networks = Table('', columns, info.networks, text_columns=3, code_columns=(1,))
    return render_page(
        info.title,
        info.description,
        info.provenance,
        sections=[
            *untrained_section(dict.fromkeys(info.untrained, ALL_OUTPUTS), _UNTRAINED),
            *([Section('Training of the networks', tables=[networks])] if info.networks else []),
        ],
        chapters=list(_chapters(scenes, info, comparisons or {})),
    )


def _chapters(
    scenes: Sequence[Scene], info: ReportInfo, comparisons: Mapping[str, Chapter]
) -> Iterator[Chapter]:
    for scene in scenes:
        if scene.name in comparisons:
            yield comparisons[scene.name]
        yield _chapter(scene, info)


def _chapter(scene: Scene, info: ReportInfo) -> Chapter:
    run, metrics = scene.run, scene.metrics
    compared = [
        section
        for camera in scene.truth
        for section in evaluation_sections(
            camera, f'{CAMERA_TITLES[camera.kind]} compared with ground truth', scene.name
        )
    ]
    tiles = run_sections.tiles(metrics)
    return Chapter(
        name=scene.name,
        title=scene.title,
        text=scene.words,
        tiles=[*tiles, *(tile for camera in scene.truth for tile in evaluation_tiles(camera))],
        sections=[
            *problems_section(metrics.problems),
            *compared,
            *(section for kind in contract.OUTPUTS for section in _pictures(scene, info, kind)),
            *run_sections.odometry_section(run.track, scene.name, _losses(scene)),
            run_sections.latency_section(run, metrics, scene.name),
            run_sections.messages_section(metrics),
            run_sections.drops_section(metrics),
            *run_sections.diagnostics_section(run),
            *_attribution(scene),
        ],
    )


def _pictures(scene: Scene, info: ReportInfo, kind: str) -> list[Section]:
    status = scene.metrics.cameras.get(kind)
    title = CAMERA_TITLES[kind]
    if status is not None and status.trained is False:
        title += ', untrained networks'
    palette = info.palettes.get(kind, {})
    return camera_sections(
        scene.recording, scene.inputs, scene.run, kind, title, info.frames, palette
    )


def _attribution(scene: Scene) -> list[Section]:
    rows = [(Link(a.title, a.url), a.authors, a.licence, a.changes) for a in scene.attribution]
    columns = ('recording', 'authors', 'licence', 'changes')
    table = Table('', columns, rows, text_columns=4)
    return [Section('Recordings shown here', tables=[table])] if rows else []


def _losses(scene: Scene) -> dict[str, int]:
    """Return the numbers of frames with lost odometry, by kind, as counted by the nodes."""
    cameras = scene.metrics.cameras.values()
    return {kind: n for camera in cameras for kind, n in camera.odometry_lost.items()}
