# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Side-by-side comparison of two runs of the RGB node: metrics and pictures."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from thermal_depth_ros.evaluation.contrast import metric_pair_table, metric_pairs
from thermal_depth_ros.evaluation.paired_frames import PairedFrame, Side
from thermal_depth_ros.evaluation.tables import Table
from thermal_depth_ros.metrics.segmentation import IGNORED
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange
from thermal_depth_ros.pages.page_parts import (
    Bar,
    Key,
    Picture,
    depth_bar,
    flat,
    natural,
    photo,
)

MOMENTS = 4
Palette = Mapping[int, tuple[int, int, int]]
_GREY = (128, 128, 128)


@dataclasses.dataclass(frozen=True)
class MomentView:
    """Both runs at one time: column headings and pairs of pictures."""

    title: str
    captions: tuple[str, str]
    rows: list[tuple[Picture, Picture]]


@dataclasses.dataclass(frozen=True)
class SideBySide:
    """Comparison of two runs, as used by the template; `name` is unique on the page."""

    name: str
    title: str
    words: str
    names: tuple[str, str]
    table: Table
    moments: list[MomentView]
    bars: list[Bar]
    keys: list[Key]


def side_by_side(
    title: str,
    words: str,
    sides: tuple[Side, Side],
    pairs: Sequence[tuple[PairedFrame, PairedFrame]],
    palette: Palette,
) -> SideBySide:
    """Compare metrics and pictures of two runs side by side.

    Args:
        title: Heading.
        words: A few sentences below it.
        sides: The runs, left and right.
        pairs: Frames of both.
        palette: Colours of the classes by id.
    """
    first, second = sides
    frames = [frame for pair in pairs for frame in pair]
    shown = colouring.depth_range([frame.true_depth_m for frame in frames])
    names = (first.name, second.name)
    table = metric_pair_table(
        'All frames that were published',
        names,
        (first.done, second.done),
        metric_pairs((first.result, second.result)),
    )
    evaluated = first.result is not None and second.result is not None
    return SideBySide(
        name='-'.join(names),
        title=title,
        words=words,
        names=names,
        table=table,
        moments=[_moment(pair, shown, palette, evaluated) for pair in pairs] if shown else [],
        bars=[depth_bar(_depths(frames), shown)] if shown else [],
        keys=_keys(frames, first.names, palette),
    )


def _moment(
    pair: tuple[PairedFrame, PairedFrame], shown: DepthRange, palette: Palette, evaluated: bool
) -> MomentView:
    left, right = pair
    title = f'{left.time_s:.1f} s'
    if round(left.time_s, 1) != round(right.time_s, 1):
        title += f' and {right.time_s:.1f} s'
    captions = (_figures(left, evaluated), _figures(right, evaluated))
    rows = list(zip(_pictures(left, shown, palette), _pictures(right, shown, palette), strict=True))
    return MomentView(title, captions, rows)


def _figures(frame: PairedFrame, evaluated: bool) -> str:
    """Format the metrics of a frame; '' for random weights, whose metrics are meaningless."""
    parts = []
    if evaluated and frame.figures is not None:
        scaled, metric = frame.figures.scaled.abs_rel, frame.figures.metric.abs_rel
        parts.append(f'abs_rel {scaled:.3f} scaled, {metric:.3f} as predicted')
    if evaluated and frame.miou is not None:
        parts.append(f'mIoU {100 * frame.miou:.1f} %')
    return '; '.join(parts)


def _pictures(frame: PairedFrame, shown: DepthRange, palette: Palette) -> list[Picture]:
    return [
        Picture(photo(natural(frame.image)), 'image'),
        Picture(flat(colouring.depth_picture(frame.depth_m, shown)), 'depth, scaled by medians'),
        Picture(flat(colouring.depth_picture(frame.true_depth_m, shown)), 'true depth'),
        Picture(flat(_class_picture(frame.classes, palette)), 'classes'),
        Picture(flat(_class_picture(frame.true_classes, palette)), 'true classes'),
    ]


def _class_picture(classes: np.ndarray, palette: Palette) -> np.ndarray:
    """Colour class ids (H, W) as RGB (H, W, 3) uint8, without the image, which is dark at night."""
    table = np.full((256, 3), _GREY, np.uint8)
    for label, colour in palette.items():
        table[label] = colour
    table[IGNORED] = 0
    return table[classes]


def _keys(frames: Sequence[PairedFrame], names: Sequence[str], palette: Palette) -> list[Key]:
    maps = [m for frame in frames for m in (frame.classes, frame.true_classes)]
    there = np.unique(np.concatenate([m.ravel() for m in maps])) if maps else ()
    return [
        Key(colouring.css_colour(palette.get(label, _GREY)), names[label])
        for label in map(int, there)
        if label < len(names)
    ]


def _depths(frames: Sequence[PairedFrame]) -> list[np.ndarray]:
    return [m for frame in frames for m in (frame.depth_m, frame.true_depth_m)]
