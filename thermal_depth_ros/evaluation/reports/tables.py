# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metrics as tables and sentences, for the terminal and the report."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from thermal_depth_ros.metrics.accumulators import DepthEvaluation, PoseEvaluation
from thermal_depth_ros.metrics.camera import CameraResult
from thermal_depth_ros.metrics.distance_bins import DistanceBin
from thermal_depth_ros.metrics.segmentation import SegmentationScore
from thermal_depth_ros.metrics.trajectory import WINDOW_M
from thermal_depth_ros.metrics.verdicts import beats, class_verdicts, depth_verdicts
from thermal_depth_ros.pages.report import Table

_DEPTH = ('', 'abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd<1.25', 'd<1.25^2', 'd<1.25^3')
_DEPTH_OF_RECORDING = (
    'abs_rel',
    'abs_rel of map',
    'd<1.25',
    'd<1.25 of map',
    'abs_rel as predicted',
    'abs_rel of map as it is',
)
_MOTION_OF_RECORDING = ('ATE m', 'RE rad', 'ATE / straight ahead', 'turns deg')
_MAIN = (*_DEPTH_OF_RECORDING, *_MOTION_OF_RECORDING, 'mIoU %', 'mIoU % of map')
_UNBEATEN = ', not beaten'
_DISTANCE = {  # column -> field of DistanceBin
    'abs_rel': 'scaled_abs_rel',
    'd<1.25': 'scaled_delta1',
    'abs_rel as predicted': 'metric_abs_rel',
    'd<1.25 as predicted': 'metric_delta1',
}
_DRIFT = {
    'metres': '{0.length_m:g}',
    'segments': '{0.segments}',
    '% as estimated': '{0.metric_percent:.1f}',
    '% scaled': '{0.scaled_percent:.1f}',
    'degrees / m': '{0.rotation_deg_per_m:.3f}',
}


def depth_tables(kind: str, depth: DepthEvaluation) -> list[Table]:
    """Return the seven depth metrics, scaled and as predicted, and errors by true distance.

    Those of predictors that never look at the image are below the ones of the network.
    """
    scaled = [('median scaled', depth.scaled)]
    metric = [('as predicted', depth.metric)]
    for name, blind in (('fixed map', depth.fixed_map), ('constant', depth.constant)):
        if blind is not None:
            scaled.append((f'{name}, median scaled', blind.scaled))
            metric.append((f'{name}, as it is', blind.metric))
    rows = [
        (name, *(f'{value:.3f}' for value in dataclasses.astuple(metrics)))
        for name, metrics in (scaled if depth.up_to_scale else (*scaled, *metric))
    ]
    tables = [Table(f'{kind}: depth, mean of {depth.images} images', _DEPTH, rows)]
    if depth.by_distance:
        tables.append(_distance_table(kind, depth.by_distance))
    return tables


def _distance_table(kind: str, bins: Sequence[DistanceBin]) -> Table:
    """Return errors by distance, each with that of the fixed map, if there is one, in brackets."""
    has_map = any(entry.fixed_map is not None for entry in bins)
    rows = []
    for entry in bins:
        row = [entry.name, str(entry.pixels)]
        for field in _DISTANCE.values():
            text = f'{getattr(entry, field):.3f}'
            if entry.fixed_map is not None:
                text += f' ({getattr(entry.fixed_map, field):.3f})'
            row.append(text)
        rows.append(row)
    title = f'{kind}: depth by true distance, over all pixels'
    title += '; in brackets: the fixed map' if has_map else ''
    return Table(title, ('metres', 'pixels', *_DISTANCE), rows)


def motion_tables(kind: str, pose: PoseEvaluation, result: CameraResult) -> list[Table]:
    """Return snippet errors of the estimate and the baseline, and drift by distance travelled."""
    rows: list[tuple[str | None, ...]] = [
        (
            name,
            f'{score.ate_mean:.4f}',
            f'{score.ate_std:.4f}',
            f'{score.re_mean_rad:.4f}',
            f'{score.re_std_rad:.4f}',
        )
        for name, score in (('estimated', pose.score), ('straight ahead', pose.straight_ahead))
    ]
    ate, re = _ratio(pose.ate_of_straight_ahead), _ratio(pose.re_of_straight_ahead)
    rows.append(('relative to straight ahead', ate, '', re, ''))
    columns = ('', 'ATE m', 'std', 'RE rad', 'std')
    tables = [Table(f'{kind}: motion, {pose.score.snippets} snippets of 5 frames', columns, rows)]
    if result.drift:
        tables.append(_formatted(f'{kind}: drift of whole drives', _DRIFT, result.drift))
    return [*tables, *trajectory_tables(kind, result)]


def trajectory_tables(kind: str, result: CameraResult) -> list[Table]:
    """Return absolute errors of whole trajectories, and the relative errors of KITTI."""
    tables = []
    if (whole := result.trajectory) is not None:
        rows = [
            (name, *(f'{value:.3f}' for value in dataclasses.astuple(error)))
            for name, error in (
                ('rotation, translation (SE3)', whole.se3),
                ('and scale (Sim3)', whole.sim3),
                ('yaw, translation', whole.yaw),
            )
        ]
        title = f'{kind}: ATE of {_count(whole.trajectories, "whole trajectory", "trajectories")}'
        columns = ('aligned by', 'rmse m', 'mean m', 'median m', 'std m', 'max m', 'mean deg')
        tables.append(Table(title, (*columns, 'rmse deg'), rows))
    if result.kitti:
        segments = [
            (
                'all' if entry.length_m is None else f'{entry.length_m:g}',
                str(entry.segments),
                f'{entry.translation_percent:.2f}',
                f'{entry.scaled_translation_percent:.2f}',
                f'{entry.rotation_deg_per_m:.4f}',
            )
            for entry in result.kitti
        ]
        names = ('metres', 'segments', 'translation %', 'scaled %', 'degrees / m')
        tables.append(Table(f'{kind}: relative errors as in KITTI', names, segments))
    return tables


def class_table(kind: str, score: SegmentationScore) -> Table:
    """Return IoU by class and its mean over the listed ones, each with that of the fixed map.

    What does not beat the map is marked.
    """
    fixed_map = score.fixed_map
    rows: list[tuple[str | None, ...]] = []
    for entry in score.classes:
        if entry.iou is None and entry.name not in score.listed:
            continue
        name = entry.name if entry.name in score.listed else f'({entry.name})'
        iou = 'not seen' if entry.iou is None else _percent(entry.iou)
        blind = _blind_percent(entry.iou, fixed_map.iou[entry.name] if fixed_map else None)
        rows.append((name, iou, blind, str(entry.true_pixels), str(entry.predicted_pixels)))
    seen = len(score.listed) - len(score.not_seen)
    mean = f'mean of {seen} of {len(score.listed)} listed'
    of_map = (fixed_map.miou, fixed_map.pixel_accuracy) if fixed_map else (None, None)
    for name, value, figure, pixels in (
        (mean, score.miou, of_map[0], str(score.pixels)),
        ('pixels right', score.pixel_accuracy, of_map[1], ''),
    ):
        rows.append((name, _percent(value), _blind_percent(value, figure), pixels, ''))
    title = f'{kind}: classes, {score.images} images in one confusion matrix'
    columns = ('class', 'IoU %', 'fixed map %', 'true pixels', 'predicted pixels')
    if fixed_map is None:
        return Table(title, columns[:2] + columns[3:], [row[:2] + row[3:] for row in rows])
    return Table(title, columns, rows)


def _blind_percent(value: float | None, of_map: float | None) -> str | None:
    """Return the figure of the map in percent, marked where a figure does not beat it."""
    if value is None or of_map is None or beats(value, of_map, higher=True):
        return _percent(of_map)
    return f'{100 * of_map:.2f}{_UNBEATEN}'


def recordings_table(kind: str, results: Sequence[tuple[str, CameraResult]]) -> Table:
    """Return the main metrics of every recording; columns without any value are omitted."""
    rows = [_recording(name, result) for name, result in results]
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    return Table(f'{kind}: by recording', columns, [[row[c] for c in columns] for row in rows])


def depth_sentence(depth: DepthEvaluation) -> str:
    """Return remarks on the depth metrics."""
    text = (
        f'Ratio of medians (true to predicted): {depth.median_ratio:.3g} with a relative standard '
        f'deviation of {depth.ratio_std:.1%}; 1 means metric depth. '
    )
    if depth.up_to_scale:
        text = (
            'True depth is known up to scale, so that only scaled metrics exist; the ratio of '
            f'medians has a relative standard deviation of {depth.ratio_std:.1%}. '
        )
    text += f'{depth.pixels} pixels evaluated'
    if depth.withheld_pixels:
        share = depth.withheld_pixels / (depth.withheld_pixels + depth.pixels)
        text += f'; {share:.1%} of the pixels with ground truth have no prediction (NaN)'
    if depth.empty_images:
        text += f'; {_count(depth.empty_images, "image")} without a valid pixel skipped'
    return ' '.join((f'{text}.', *depth_verdicts(depth)))


def motion_sentence(result: CameraResult, pose: PoseEvaluation) -> str:
    """Return remarks on the motion metrics."""
    text = (
        f'{_count(pose.drives, "uninterrupted drive")}; turns add up to '
        f'{np.degrees(pose.turned_rad):.0f} degrees, and the heading ranges over up to '
        f'{np.degrees(pose.heading_range_rad):.0f} degrees within a drive.'
    )
    if pose.ate_of_straight_ahead is None:
        text += ' The true path is straight, so that the baseline has no error to compare with.'
    if result.lost_frames:
        text += f' Odometry was lost at {_count(result.lost_frames, "frame")}.'
    if result.straight_drives:
        text += f' {_count(result.straight_drives, "drive")} with too small a turn skipped.'
    if pose.short_drives:
        text += f' {_count(pose.short_drives, "drive")} shorter than a snippet skipped.'
    return f'{text}{_scale_sentence(result)}'


def _scale_sentence(result: CameraResult) -> str:
    """Return remarks on the scale of whole trajectories; '' if there are none."""
    whole = result.trajectory
    if whole is None:
        return ''
    text = f' Scale of the whole trajectory (Sim3): {whole.scale:.3g}; 1 is metric.'
    if (drift := whole.scale_drift) is not None:
        text += (
            f' Over windows of {WINDOW_M:g} m, the scale has the median {drift.median:.3g} and '
            f'varies by {100 * np.expm1(drift.spread):.1f} %'
        )
        if drift.percent_per_100m is not None:
            text += f'; it changes by {drift.percent_per_100m:+.1f} % in 100 m'
        text += '.'
    return text


def class_sentence(score: SegmentationScore) -> str:
    """Return remarks on the segmentation metrics; '' if there are none."""
    text = ''
    if len(score.listed) < len(score.classes):
        text = 'Classes in brackets are not averaged. '
    if score.not_seen:
        text += f'Not seen, neither true nor predicted: {", ".join(score.not_seen)}. '
    absent = [
        c.name
        for c in score.classes
        if c.name in score.listed and c.iou is not None and not c.true_pixels
    ]
    if absent:
        text += f'Predicted, but not in the ground truth (IoU 0): {", ".join(absent)}. '
    if score.empty_images:
        text += f'{_count(score.empty_images, "image")} without a labelled pixel. '
    return (text + ' '.join(class_verdicts(score))).strip()


def _formatted(title: str, columns: Mapping[str, str], entries: Iterable[object]) -> Table:
    """Return a table with a row per entry; `columns` maps names to formats of an entry."""
    rows = [[text.format(entry) for text in columns.values()] for entry in entries]
    return Table(title, tuple(columns), rows)


def _recording(name: str, result: CameraResult) -> dict[str, str | None]:
    """Return the main metrics by column; None where there is none."""
    row = {'recording': name, 'frames': str(result.frames), **dict.fromkeys(_MAIN)}
    depth, pose, classes = result.depth, result.pose, result.segmentation
    if depth is not None:
        row['abs_rel'], row['d<1.25'] = f'{depth.scaled.abs_rel:.3f}', f'{depth.scaled.delta1:.3f}'
        if depth.fixed_map is not None:
            row['abs_rel of map'] = f'{depth.fixed_map.scaled.abs_rel:.3f}'
            row['d<1.25 of map'] = f'{depth.fixed_map.scaled.delta1:.3f}'
        if not depth.up_to_scale:
            row['abs_rel as predicted'] = f'{depth.metric.abs_rel:.3f}'
            if depth.fixed_map is not None:
                row['abs_rel of map as it is'] = f'{depth.fixed_map.metric.abs_rel:.3f}'
    if pose is not None:
        row['ATE m'], row['RE rad'] = f'{pose.score.ate_mean:.4f}', f'{pose.score.re_mean_rad:.4f}'
        row['ATE / straight ahead'] = _ratio(pose.ate_of_straight_ahead)
        row['turns deg'] = f'{np.degrees(pose.heading_range_rad):.0f}'
    if classes is not None and classes.miou is not None:
        row['mIoU %'] = _percent(classes.miou)
        if classes.fixed_map is not None:
            row['mIoU % of map'] = _percent(classes.fixed_map.miou)
    return row


def _percent(share: float | None) -> str | None:
    return None if share is None else f'{100 * share:.2f}'


def _ratio(value: float | None) -> str | None:
    return None if value is None else f'{value:.3f}'


def _count(number: int, noun: str, several: str = '') -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {several or noun + "s"}'
