# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of metrics, for the terminal and the HTML report."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.evaluation.evaluation_charts import distance_name
from thermal_depth_ros.metrics.accumulate import DepthEvaluation, PoseEvaluation
from thermal_depth_ros.metrics.depth import DepthMetrics
from thermal_depth_ros.metrics.scores import CameraResult
from thermal_depth_ros.metrics.segmentation import SegmentationScore

UNKNOWN = '-'


@dataclasses.dataclass(frozen=True)
class Table:
    """Title, column names and rows; the first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def depth_table(kind: str, depth: DepthEvaluation) -> Table:
    """Return the seven depth metrics, scaled and as predicted."""
    return Table(
        f'{kind}: depth, mean of {depth.images} images',
        ('', 'abs_rel', 'sq_rel', 'rmse', 'rmse_log', 'd<1.25', 'd<1.25^2', 'd<1.25^3'),
        (
            ('median scaled', *_metrics(depth.scaled)),
            ('as predicted', *_metrics(depth.metric)),
        ),
    )


def distance_table(kind: str, depth: DepthEvaluation) -> Table:
    """Return errors by true distance."""
    return Table(
        f'{kind}: depth by true distance, over all pixels',
        ('metres', 'pixels', 'abs_rel', 'd<1.25', 'abs_rel as predicted', 'd<1.25 as predicted'),
        tuple(
            (
                distance_name(entry),
                str(entry.pixels),
                f'{entry.scaled_abs_rel:.3f}',
                f'{entry.scaled_delta1:.3f}',
                f'{entry.metric_abs_rel:.3f}',
                f'{entry.metric_delta1:.3f}',
            )
            for entry in depth.by_distance
        ),
    )


def pose_table(kind: str, pose: PoseEvaluation) -> Table:
    """Return snippet errors of the estimate and of the straight-ahead baseline."""
    rows = [
        (
            name,
            f'{score.ate_mean:.4f}',
            f'{score.ate_std:.4f}',
            f'{score.re_mean_rad:.4f}',
            f'{score.re_std_rad:.4f}',
        )
        for name, score in (('estimated', pose.score), ('straight ahead', pose.straight_ahead))
    ]
    shares = (pose.ate_of_straight_ahead, pose.re_of_straight_ahead)
    ate, re = (UNKNOWN if share is None else f'{share:.3f}' for share in shares)
    rows.append(('share of straight ahead', ate, '', re, ''))
    return Table(
        f'{kind}: motion, {pose.score.snippets} snippets of 5 frames',
        ('', 'ATE m', 'std', 'RE rad', 'std'),
        tuple(rows),
    )


def drift_table(kind: str, result: CameraResult) -> Table:
    """Return drift by distance travelled."""
    return Table(
        f'{kind}: drift of whole drives',
        ('metres', 'segments', '% as estimated', '% scaled', 'degrees / m'),
        tuple(
            (
                f'{entry.length_m:g}',
                str(entry.segments),
                f'{entry.metric_percent:.1f}',
                f'{entry.scaled_percent:.1f}',
                f'{entry.rotation_deg_per_m:.3f}',
            )
            for entry in result.drift
        ),
    )


def class_table(kind: str, score: SegmentationScore) -> Table:
    """Return IoU by class and its mean over the listed ones."""
    rows = []
    for entry in score.classes:
        if entry.iou is None and entry.name not in score.listed:
            continue
        iou = 'not seen' if entry.iou is None else f'{100 * entry.iou:.2f}'
        name = entry.name if entry.name in score.listed else f'({entry.name})'
        rows.append((name, iou, str(entry.true_pixels), str(entry.predicted_pixels)))
    seen = len(score.listed) - len(score.not_seen)
    mean = UNKNOWN if score.miou is None else f'{100 * score.miou:.2f}'
    rows.append((f'mean of {seen} of {len(score.listed)} listed', mean, str(score.pixels), ''))
    return Table(
        f'{kind}: classes, {score.images} images in one confusion matrix',
        ('class', 'IoU %', 'true pixels', 'predicted pixels'),
        tuple(rows),
    )


def recordings_table(kind: str, results: Sequence[tuple[str, CameraResult]]) -> Table:
    """Return the main metrics of every recording; empty columns are omitted."""
    columns = (
        'recording',
        'frames',
        'abs_rel',
        'd<1.25',
        'abs_rel as predicted',
        'ATE m',
        'RE rad',
        'ATE by straight',
        'turns deg',
        'mIoU %',
    )
    rows = [_recording_row(name, result) for name, result in results]
    kept = [i for i in range(len(columns)) if any(row[i] != UNKNOWN for row in rows)]
    return Table(
        f'{kind}: by recording',
        tuple(columns[i] for i in kept),
        tuple(tuple(row[i] for i in kept) for row in rows),
    )


def depth_sentence(depth: DepthEvaluation) -> str:
    """Return remarks on the depth metrics."""
    text = (
        f'Ratio of medians (true by predicted): {depth.median_ratio:.3g}, deviation '
        f'{depth.ratio_std:.1%} of it; 1 would be metric. {depth.pixels} pixels counted'
    )
    if depth.withheld_pixels:
        share = depth.withheld_pixels / (depth.withheld_pixels + depth.pixels)
        text += f'; {share:.1%} of the true pixels were left without a prediction (NaN)'
    if depth.empty_images:
        text += f'; {depth.empty_images} images had no valid pixel and are left out'
    return text + '.'


def pose_sentence(result: CameraResult, pose: PoseEvaluation) -> str:
    """Return remarks on the motion metrics."""
    text = (
        f'{_count(pose.drives, "unbroken drive")}; turns sum up to '
        f'{np.degrees(pose.turned_rad):.0f} degrees, the widest range of heading within a drive '
        f'is {np.degrees(pose.heading_range_rad):.0f} degrees.'
    )
    if pose.ate_of_straight_ahead is None:
        text += ' The true path is straight, so that there is no share of going straight ahead.'
    if result.lost_frames:
        text += f' The odometry was lost at {_count(result.lost_frames, "frame")}.'
    if result.straight_drives:
        text += f' {_count(result.straight_drives, "drive")} with less of a turn left out.'
    if pose.short_drives:
        text += f' {_count(pose.short_drives, "drive")} shorter than a snippet left out.'
    return text


def class_sentence(score: SegmentationScore) -> str:
    """Return remarks on the segmentation metrics; '' if there are none."""
    text = ''
    if len(score.listed) < len(score.classes):
        text = 'Classes in brackets are not averaged. '
    if score.not_seen:
        text += f'Not seen, neither true nor predicted: {", ".join(score.not_seen)}. '
    invented = [
        c.name
        for c in score.classes
        if c.name in score.listed and c.iou is not None and not c.true_pixels
    ]
    if invented:
        text += f'Predicted where nothing is, IoU 0: {", ".join(invented)}. '
    if score.empty_images:
        text += f'{score.empty_images} images had no labelled pixel.'
    return text.strip()


def _recording_row(name: str, result: CameraResult) -> tuple[str, ...]:
    depth, pose, classes = result.depth, result.pose, result.segmentation
    row = [name, str(result.frames)]
    if depth is None:
        row += [UNKNOWN] * 3
    else:
        row += [f'{depth.scaled.abs_rel:.3f}', f'{depth.scaled.delta1:.3f}']
        row += [f'{depth.metric.abs_rel:.3f}']
    if pose is None:
        row += [UNKNOWN] * 4
    else:
        share = pose.ate_of_straight_ahead
        row += [f'{pose.score.ate_mean:.4f}', f'{pose.score.re_mean_rad:.4f}']
        row += [UNKNOWN if share is None else f'{share:.3f}']
        row += [f'{np.degrees(pose.heading_range_rad):.0f}']
    miou = None if classes is None else classes.miou
    row += [UNKNOWN if miou is None else f'{100 * miou:.2f}']
    return tuple(row)


def _metrics(metrics: DepthMetrics) -> tuple[str, ...]:
    return tuple(f'{value:.3f}' for value in dataclasses.astuple(metrics))


def _count(number: int, noun: str) -> str:
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'
