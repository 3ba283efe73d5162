# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Comparison of two runs of the RGB camera: metrics of both, and frames of both."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from thermal_depth_ros.evaluation.paired_frames import PairedFrame, Side
from thermal_depth_ros.metrics.camera import CameraResult
from thermal_depth_ros.metrics.segmentation import IGNORED
from thermal_depth_ros.metrics.verdicts import class_verdicts, depth_verdicts
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange
from thermal_depth_ros.pages.report import (
    Bar,
    Chapter,
    Key,
    PictureRow,
    Section,
    Table,
    depth_bar,
    flat,
    natural,
    photo,
)

MOMENTS = 4
Palette = Mapping[int, tuple[int, int, int]]
_GREY = (128, 128, 128)


@dataclasses.dataclass(frozen=True)
class MetricPair:
    """One metric of both runs."""

    name: str
    first: float
    second: float
    digits: int  # decimals

    @property
    def ratio(self) -> float | None:
        """Ratio of the second to the first; None if the first is zero."""
        return self.second / self.first if self.first else None


def metric_pairs(first: CameraResult | None, second: CameraResult | None) -> list[MetricPair]:
    """Return the metrics that both runs have; empty if either has no ground truth."""
    pairs: list[MetricPair] = []
    if first is None or second is None:
        return pairs
    if first.depth is not None and second.depth is not None:
        for how, field in (('scaled', 'scaled'), ('as predicted', 'metric')):
            for name, *both in (
                ('', first.depth, second.depth),
                (', fixed map', first.depth.fixed_map, second.depth.fixed_map),
                (', constant', first.depth.constant, second.depth.constant),
            ):
                if None in both:
                    continue
                one, other = (getattr(depth, field) for depth in both)
                pairs.append(MetricPair(f'abs_rel {how}{name}', one.abs_rel, other.abs_rel, 3))
                pairs.append(MetricPair(f'd<1.25 {how}{name}', one.delta1, other.delta1, 3))
    if first.segmentation is not None and second.segmentation is not None:
        miou, other_miou = first.segmentation.miou, second.segmentation.miou
        if miou is not None and other_miou is not None:
            pairs.append(MetricPair('mIoU %', 100 * miou, 100 * other_miou, 1))
        maps = (first.segmentation.fixed_map, second.segmentation.fixed_map)
        mious = [100 * one.miou for one in maps if one is not None and one.miou is not None]
        if len(mious) == len(maps):
            pairs.append(MetricPair('mIoU % of the fixed map', mious[0], mious[1], 1))
    return pairs


def comparison_chapter(
    title: str,
    text: str,
    sides: tuple[Side, Side],
    pairs: Sequence[tuple[PairedFrame, PairedFrame]],
    palette: Palette,
) -> Chapter:
    """Compare metrics and pictures of two runs.

    Args:
        title: Heading.
        text: A few sentences below it.
        sides: The two runs.
        pairs: Frames of both.
        palette: Colours of the classes by id.
    """
    first, second = sides
    said = ' '.join(filter(None, map(_verdicts, sides)))
    sections = [Section('All published frames', said, tables=[_table(first, second)])]
    frames = [frame for pair in pairs for frame in pair]
    shown = colouring.depth_range([frame.true_depth_m for frame in frames])
    if shown is not None:
        evaluated = first.result is not None and second.result is not None
        sections.append(
            Section(
                'Frames in comparison',
                frames=[
                    _row(side.name, frame, shown, palette, evaluated)
                    for pair in pairs
                    for side, frame in zip(sides, pair, strict=True)
                ],
                bars=[_depth_bar(frames, shown)],
                keys=_keys(frames, first.names, palette),
            )
        )
    return Chapter(f'{first.name}-{second.name}', title, text, [], sections)


def _verdicts(side: Side) -> str:
    """Return whether a run beats what never looks at the image; '' without ground truth."""
    if side.result is None:
        return ''
    depth, classes = side.result.depth, side.result.segmentation
    texts = [] if depth is None else depth_verdicts(depth)
    texts += [] if classes is None else class_verdicts(classes)
    return f'{side.name}: {" ".join(texts)}' if texts else ''


def _table(first: Side, second: Side) -> Table:
    """Return a table with a column for each run, and one for the ratio of the second to the first.

    Metrics of random weights, which are meaningless, are left out.
    """
    rows: list[tuple[str | None, ...]] = [
        ('frames processed', first.frames_processed, second.frames_processed, None)
    ]
    for pair in metric_pairs(first.result, second.result):
        values = (f'{value:.{pair.digits}f}' for value in (pair.first, pair.second))
        rows.append((pair.name, *values, None if pair.ratio is None else f'{pair.ratio:.2f}'))
    return Table('', ('', first.name, second.name, f'{second.name} / {first.name}'), rows)


def _row(
    side: str, frame: PairedFrame, shown: DepthRange, palette: Palette, evaluated: bool
) -> PictureRow:
    metrics = _metrics(frame) if evaluated else []
    return PictureRow(
        '; '.join([f'{frame.time_s:.1f} s, {side}', *metrics]),
        [
            photo(natural(frame.image), 'image'),
            flat(colouring.depth_picture(frame.depth_m, shown), 'depth, scaled by medians'),
            flat(colouring.depth_picture(frame.true_depth_m, shown), 'true depth'),
            flat(_class_picture(frame.classes, palette), 'classes'),
            flat(_class_picture(frame.true_classes, palette), 'true classes'),
        ],
    )


def _metrics(frame: PairedFrame) -> list[str]:
    parts = []
    if frame.depth is not None:
        scaled, metric = frame.depth.scaled.abs_rel, frame.depth.metric.abs_rel
        parts.append(f'abs_rel {scaled:.3f} scaled, {metric:.3f} as predicted')
    if frame.miou is not None:
        parts.append(f'mIoU {100 * frame.miou:.1f} %')
    return parts


def _class_picture(classes: np.ndarray, palette: Palette) -> np.ndarray:
    """Colour class ids (H, W) as RGB (H, W, 3) uint8, without the image, which is dark at night."""
    table = np.full((256, 3), _GREY, np.uint8)
    for label, colour in palette.items():
        table[label] = colour
    table[IGNORED] = 0
    return table[classes]


def _keys(frames: Sequence[PairedFrame], names: Sequence[str], palette: Palette) -> list[Key]:
    maps = [m.ravel() for frame in frames for m in (frame.classes, frame.true_classes)]
    return [
        Key(colouring.css_colour(palette.get(label, _GREY)), names[label])
        for label in map(int, np.unique(np.concatenate(maps)))
        if label < len(names)
    ]


def _depth_bar(frames: Sequence[PairedFrame], shown: DepthRange) -> Bar:
    return depth_bar([m for frame in frames for m in (frame.depth_m, frame.true_depth_m)], shown)
