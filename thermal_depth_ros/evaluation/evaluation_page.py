# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of an evaluation: metrics, worst and best frames, estimated and true paths."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from thermal_depth_ros.evaluation import tables
from thermal_depth_ros.evaluation.comparison import Gallery
from thermal_depth_ros.evaluation.evaluation_charts import distance_chart, path_chart
from thermal_depth_ros.evaluation.metrics_json import ConditionResult
from thermal_depth_ros.evaluation.notable_frames import NotableFrame, NotableFrames
from thermal_depth_ros.evaluation.notable_pictures import (
    class_row,
    depth_row,
    error_bar,
    shown_range,
    wrong_keys,
)
from thermal_depth_ros.evaluation.tables import Table
from thermal_depth_ros.metrics.scores import CameraResult, DriveTrack
from thermal_depth_ros.pages.page_parts import (
    Bar,
    FrameRow,
    Key,
    Tile,
    depth_bar,
    render_page,
)

MOST_PATHS = 6
TEMPLATE = 'evaluation.html.j2'


@dataclasses.dataclass(frozen=True, eq=False)
class CameraReport:
    """Results of one kind of camera."""

    kind: str
    protocol: str
    result: CameraResult
    recordings: list[tuple[str, CameraResult]]
    tracks: list[DriveTrack]
    gallery: Gallery
    colours: np.ndarray  # (C, 3) uint8 by class id
    median_scaling: bool  # whether the scaled metrics come first


@dataclasses.dataclass(frozen=True, eq=False)
class EvaluationReport:
    """Contents of the report."""

    title: str
    description: str
    untrained: tuple[str, ...]
    cameras: list[CameraReport]
    conditions: list[ConditionResult]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Part:
    """One part of a camera's section."""

    title: str
    tables: list[Table]
    words: str
    charts: list[tuple[str, str]]  # SVG and caption
    frames: list[FrameRow]
    bars: list[Bar]
    keys: list[Key]


@dataclasses.dataclass(frozen=True)
class Section:
    """One kind of camera."""

    title: str
    parts: list[Part]


def render_evaluation(report: EvaluationReport) -> str:
    """Return the page as HTML text."""
    return render_page(
        TEMPLATE,
        title=report.title,
        description=report.description,
        untrained=report.untrained,
        tiles=[
            tile
            for camera in report.cameras
            for tile in (
                Tile(str(camera.result.frames), f'{camera.kind} frames'),
                *truth_tiles(camera),
            )
        ],
        conditions=report.conditions,
        problems=report.problems,
        notes=report.notes,
        cameras=[truth_section(camera) for camera in report.cameras],
        provenance=list(report.provenance.items()),
    )


def truth_tiles(camera: CameraReport) -> list[Tile]:
    """Return the headline metrics of a camera."""
    kind, result, found = camera.kind, camera.result, []
    if result.depth is not None:
        depth = result.depth
        both = [('scaled', depth.scaled), ('as predicted', depth.metric)]
        for how, metrics in both if camera.median_scaling else reversed(both):
            found.append(Tile(f'{metrics.abs_rel:.3f}', f'{kind} abs_rel, {how}'))
        first = depth.scaled if camera.median_scaling else depth.metric
        found.append(Tile(f'{first.delta1:.3f}', f'{kind} d<1.25'))
    if result.pose is not None:
        found.append(Tile(f'{result.pose.score.ate_mean:.4f} m', f'{kind} ATE of 5 frames'))
        share = result.pose.ate_of_straight_ahead
        if share is not None:
            found.append(Tile(f'{share:.2f}', f'{kind} ATE by that of straight ahead'))
    if result.segmentation is not None and result.segmentation.miou is not None:
        found.append(Tile(f'{100 * result.segmentation.miou:.1f} %', f'{kind} mIoU'))
    return found


def truth_section(camera: CameraReport, name: str = '') -> Section:
    """Return the report section that compares a camera with ground truth.

    Args:
        camera: Results of the camera.
        name: Name that is unique on the page.
    """
    charts = f'{name}{camera.kind}'
    parts = [_depth(camera, charts), _motion(camera, charts), _classes(camera), _recordings(camera)]
    title = {'thermal': 'Thermal camera', 'rgb': 'RGB camera'}.get(camera.kind, camera.kind)
    return Section(title, [part for part in parts if part is not None])


def _depth(camera: CameraReport, charts_name: str) -> Part | None:
    depth = camera.result.depth
    if depth is None:
        return None
    notable = camera.gallery.depth
    shown = shown_range([*notable.worst, *notable.best])
    frames, bars = [], []
    if shown is not None:
        frames = [depth_row(title, frame, shown) for title, frame in _titled(notable)]
        maps = [m for e in (*notable.worst, *notable.best) for m in (e.predicted, e.truth)]
        bars = [depth_bar(maps, shown), error_bar()]
    words = f'Protocol {camera.protocol}. {tables.depth_sentence(depth)}'
    chart = distance_chart(depth.by_distance, f'{charts_name}-distance')
    both = [tables.depth_table(camera.kind, depth), tables.distance_table(camera.kind, depth)]
    charts = [(chart, 'Error by distance, over all pixels')]
    return Part('Depth', both, words, charts, frames, bars, [])


def _motion(camera: CameraReport, charts_name: str) -> Part | None:
    pose = camera.result.pose
    if pose is None:
        return None
    shown = [tables.pose_table(camera.kind, pose)]
    if camera.result.drift:
        shown.append(tables.drift_table(camera.kind, camera.result))
    longest = sorted(camera.tracks, key=lambda track: -len(track.truth_m))[:MOST_PATHS]
    charts = [
        (
            path_chart(track, f'{charts_name}-path{index}'),
            f'{track.name}: {len(track.truth_m)} frames, heading ranges over '
            f'{np.degrees(track.heading_range_rad):.0f} degrees',
        )
        for index, track in enumerate(longest)
    ]
    words = tables.pose_sentence(camera.result, pose)
    return Part('Motion', shown, words, charts, [], [], [])


def _classes(camera: CameraReport) -> Part | None:
    score = camera.result.segmentation
    if score is None:
        return None
    notable = camera.gallery.classes
    frames = [class_row(title, e, camera.colours) for title, e in _titled(notable)]
    keys = [
        Key('rgb({}, {}, {})'.format(*colour), entry.name)
        for colour, entry in zip(camera.colours.tolist(), score.classes, strict=False)
        if entry.true_pixels or entry.predicted_pixels
    ]
    table = tables.class_table(camera.kind, score)
    words = tables.class_sentence(score)
    return Part('Classes', [table], words, [], frames, [], [*keys, *wrong_keys()])


def _recordings(camera: CameraReport) -> Part | None:
    if len(camera.recordings) < 2:
        return None
    table = tables.recordings_table(camera.kind, camera.recordings)
    return Part('Recordings', [table], '', [], [], [], [])


def _titled(notable: NotableFrames) -> list[tuple[str, NotableFrame]]:
    return [('Worst', e) for e in notable.worst] + [('Best', e) for e in notable.best]
