# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of an evaluation: metrics, charts, worst and best frames."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.metrics_json import ConditionResult
from thermal_depth_ros.evaluation.notable_frames import Gallery
from thermal_depth_ros.evaluation.reports import tables
from thermal_depth_ros.evaluation.reports.charts import distance_chart, path_chart
from thermal_depth_ros.evaluation.reports.confidence_tables import (
    confidence_charts,
    confidence_section,
)
from thermal_depth_ros.evaluation.reports.notable_pictures import (
    class_legend,
    class_rows,
    depth_rows,
)
from thermal_depth_ros.metrics.camera import CameraResult, DriveTrack
from thermal_depth_ros.metrics.verdicts import in_brackets
from thermal_depth_ros.pages.report import (
    Section,
    Table,
    Tile,
    problems_section,
    render_page,
    untrained_section,
)

MOST_PATHS = 6
CAMERA_TITLES = {
    contract.THERMAL: 'Thermal camera',
    contract.RGB: 'RGB camera',
    'trajectory': 'Trajectories',
}


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
    depth_remark: str = ''  # how good the true depth is


@dataclasses.dataclass(frozen=True, eq=False)
class EvaluationReport:
    """Contents of the report."""

    title: str
    description: str
    untrained: Mapping[str, str]  # what random weights make meaningless, by name of the bundle
    cameras: list[CameraReport]
    conditions: list[ConditionResult]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Mapping[str, str]


def render_evaluation(report: EvaluationReport) -> str:
    """Return the page as HTML text."""
    tiles: list[Tile] = []
    for camera in report.cameras:
        tiles.append((str(camera.result.frames), f'{camera.kind} frames'))
        tiles += evaluation_tiles(camera)
    compared = [
        section
        for camera in report.cameras
        for section in evaluation_sections(camera, CAMERA_TITLES[camera.kind])
    ]
    return render_page(
        report.title,
        report.description,
        report.provenance,
        tiles,
        sections=[
            *untrained_section(report.untrained),
            *conditions_section(report.conditions),
            *problems_section(report.problems),
            *compared,
            *([Section('Notes', notes=report.notes)] if report.notes else []),
        ],
    )


def conditions_section(checked: Sequence[ConditionResult]) -> list[Section]:
    """Return a table of conditions; empty if there are none."""
    rows = [
        (
            one.condition,
            'unknown' if one.value is None else f'{one.value:.4g}',
            'met' if one.met else 'missed',
        )
        for one in checked
    ]
    return [Section('Conditions', tables=[Table('', (), rows, code_columns=(0,))])] if rows else []


def headline_metrics(camera: CameraReport) -> list[tuple[str, str]]:
    """Return values and names of the headline metrics of a camera.

    The name holds the figure of what never looks at the image: the better of map and constant.
    """
    depth, pose, classes = camera.result.depth, camera.result.pose, camera.result.segmentation
    metrics = []
    if depth is not None:
        blind = [one for one in (depth.fixed_map, depth.constant) if one is not None]
        ways = [
            ('scaled', depth.scaled, [one.scaled for one in blind]),
            ('as predicted', depth.metric, [one.metric for one in blind]),
        ]
        if depth.up_to_scale:
            ways.pop()
        if not camera.median_scaling:
            ways.reverse()
        for how, ours, others in ways:
            text = _against(ours.abs_rel, [one.abs_rel for one in others], higher=False)
            metrics.append((f'{ours.abs_rel:.3f}', f'abs_rel, {how}{text}'))
        _, ours, others = ways[0]
        text = _against(ours.delta1, [one.delta1 for one in others], higher=True)
        metrics.append((f'{ours.delta1:.3f}', f'd<1.25{text}'))
    if pose is not None:
        metrics.append((f'{pose.score.ate_mean:.4f} m', 'ATE of 5 frames'))
        if (ratio := pose.ate_of_straight_ahead) is not None:
            metrics.append((f'{ratio:.2f}', 'ATE relative to straight ahead'))
    if classes is not None and classes.miou is not None:
        fixed = classes.fixed_map.miou if classes.fixed_map is not None else None
        percent = [] if fixed is None else [100 * fixed]
        text = _against(100 * classes.miou, percent, higher=True, form='.1f')
        metrics.append((f'{100 * classes.miou:.1f} %', f'mIoU{text}'))
    return metrics


def _against(ours: float, blind: Sequence[float], *, higher: bool, form: str = '.3f') -> str:
    """Return the better of map and constant, in brackets; '' without any."""
    return f' {in_brackets(ours, *blind, higher=higher, form=form)}' if blind else ''


def evaluation_tiles(camera: CameraReport) -> list[Tile]:
    """Return the headline metrics of a camera, with its kind."""
    return [(value, f'{camera.kind} {name}') for value, name in headline_metrics(camera)]


def result_sections(camera: CameraReport, title: str = '') -> dict[str, Section]:
    """Return text and tables by quantity: depth, motion, classes, recordings, confidence.

    Args:
        camera: Results of the camera.
        title: Heading of each section, before the quantity.
    """
    kind, result = camera.kind, camera.result
    sections = {}
    if result.depth is not None:
        parts = (camera.depth_remark, tables.depth_sentence(result.depth))
        text = ' '.join((f'Protocol {camera.protocol}.', *filter(None, parts)))
        sections['depth'] = (text, tables.depth_tables(kind, result.depth))
    if result.pose is not None:
        text = tables.motion_sentence(result, result.pose)
        sections['motion'] = (text, tables.motion_tables(kind, result.pose, result))
    if result.segmentation is not None:
        text = tables.class_sentence(result.segmentation)
        sections['classes'] = (text, [tables.class_table(kind, result.segmentation)])
    if len(camera.recordings) > 1:
        sections['recordings'] = ('', [tables.recordings_table(kind, camera.recordings)])
    found = {
        quantity: Section(f'{title}: {quantity}', text, tables=shown)
        for quantity, (text, shown) in sections.items()
    }
    confidence = confidence_section(kind, result, title)
    return found if confidence is None else {**found, 'confidence': confidence}


def evaluation_sections(camera: CameraReport, title: str, name: str = '') -> list[Section]:
    """Return the sections that compare a camera with ground truth: text, tables and pictures.

    Args:
        camera: Results of the camera.
        title: Heading of each section, before the quantity.
        name: Prefix of the names of charts, unique on the page.
    """
    sections = result_sections(camera, title)
    prefix = f'{name}-{camera.kind}' if name else camera.kind
    if camera.result.depth is not None:
        charts = []
        if bins := camera.result.depth.by_distance:
            chart = distance_chart(bins, f'{prefix}-distance')
            charts.append((chart, 'Error by distance, over all pixels'))
        frames, bars = depth_rows(camera.gallery.depth)
        sections['depth'] = dataclasses.replace(
            sections['depth'],
            charts=charts,
            frames=frames,
            bars=bars,
        )
    if camera.result.pose is not None:
        charts = _path_charts(camera, prefix)
        sections['motion'] = dataclasses.replace(sections['motion'], charts=charts)
    if camera.result.segmentation is not None:
        sections['classes'] = dataclasses.replace(
            sections['classes'],
            frames=class_rows(camera.gallery.classes, camera.colours),
            keys=class_legend(camera.result.segmentation, camera.colours),
        )
    if 'confidence' in sections:
        sections['confidence'] = dataclasses.replace(
            sections['confidence'], charts=confidence_charts(camera.result, prefix)
        )
    return list(sections.values())


def _path_charts(camera: CameraReport, prefix: str) -> list[tuple[str, str]]:
    longest = sorted(camera.tracks, key=lambda track: -len(track.truth_m))[:MOST_PATHS]
    return [
        (
            path_chart(track, f'{prefix}-path{index}'),
            f'{track.name}: {len(track.truth_m)} frames, heading ranges over '
            f'{np.degrees(track.heading_range_rad):.0f} degrees',
        )
        for index, track in enumerate(longest)
    ]
