# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page about a recorded run, to look at in any browser."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from thermal_depth_ros import contract
from thermal_depth_ros.evaluation.camera_section import camera_section
from thermal_depth_ros.evaluation.measures import RunFigures, measure
from thermal_depth_ros.evaluation.page_parts import render_page
from thermal_depth_ros.evaluation.recorded_run import RecordedRun, read_run
from thermal_depth_ros.evaluation.run_sections import (
    diagnostics_section,
    drops_section,
    latency_section,
    messages_section,
    odometry_section,
    tiles,
)


@dataclasses.dataclass(frozen=True)
class Attribution:
    """Whose recording is shown, under which licence, and what was changed."""

    title: str
    authors: str
    url: str
    licence: str
    changes: str


@dataclasses.dataclass(frozen=True)
class ReportInfo:
    """What a report says that is not in the recording.

    Args:
        title: heading of the page.
        description: one or two sentences below it.
        inputs: recording that was played into the nodes; its images are shown.
        untrained: names of the bundles whose weights are random.
        palettes: colours of the classes by camera kind and class id.
        attribution: sources of the images.
        provenance: device, versions, durations and the like, as shown.
        frames: how many frames of each camera are pictured.
    """

    title: str
    description: str
    inputs: Path | None = None
    untrained: tuple[str, ...] = ()
    palettes: Mapping[str, Mapping[int, tuple[int, int, int]]] = dataclasses.field(
        default_factory=dict
    )
    attribution: tuple[Attribution, ...] = ()
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict)
    frames: int = 3


def write_report(recording: Path | str, info: ReportInfo, output: Path) -> RunFigures:
    """Measure a recorded run and write the page about it.

    Raises:
        BagError: a recording cannot be read.
    """
    run = read_run(recording)
    figures = measure(run, info.inputs)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(render(recording, run, figures, info), encoding='utf-8')
    return figures


def render(recording: Path | str, run: RecordedRun, figures: RunFigures, info: ReportInfo) -> str:
    """Return the page as HTML text."""
    cameras = [
        section
        for kind in contract.OUTPUTS
        if (
            section := camera_section(
                recording, info.inputs, run, kind, info.frames, info.palettes.get(kind, {})
            )
        )
    ]
    return render_page(
        'report.html.j2',
        title=info.title,
        description=info.description,
        untrained=info.untrained,
        tiles=tiles(figures),
        problems=figures.problems,
        cameras=cameras,
        trajectory=odometry_section(run.track),
        latency=latency_section(run, figures),
        messages=messages_section(figures),
        drops=drops_section(figures),
        diagnostics=diagnostics_section(run),
        attribution=info.attribution,
        provenance=list(info.provenance.items()),
    )
