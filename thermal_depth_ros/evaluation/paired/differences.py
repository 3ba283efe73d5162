# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Differences of two evaluations on their common frames: by quantity, by group of recordings."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.paired.blind_figures import BlindFigure, blind_figures
from thermal_depth_ros.evaluation.paired.figures import Figure, figures_of, with_count
from thermal_depth_ros.evaluation.paired.frame_files import FrameTable
from thermal_depth_ros.evaluation.paired.pairing import PairedFrames, groups_of, pair_frames
from thermal_depth_ros.evaluation.paired.run_folder import EvaluatedRun
from thermal_depth_ros.metrics.frame_rows import CLASSES, DEPTH, QUANTITIES, class_column
from thermal_depth_ros.metrics.paired_bootstrap import (
    FEWEST_BLOCKS,
    Blocks,
    Difference,
    blocks_of,
    draws,
    paired_difference,
)

_SIDES = ('first', 'second')


@dataclasses.dataclass(frozen=True, eq=False)
class Compared:
    """Figures of both evaluations over some frames."""

    frames: int
    blocks: Blocks
    rows: Sequence[tuple[Figure, Difference]]


@dataclasses.dataclass(frozen=True, eq=False)
class QuantityDifference:
    """Comparison of one quantity of one kind of camera.

    Attributes:
        kind: Kind of camera.
        quantity: One of QUANTITIES.
        frames: The common frames.
        whole: Figures over all of them.
        groups: Main figures by group of recordings; empty if there is only one.
        other_truth: Number of frames whose ground truth differs.
        blind: For each evaluation, its figures over all its frames next to those of predictors
            that never look at the image; empty where it has none.
    """

    kind: str
    quantity: str
    frames: PairedFrames
    whole: Compared
    groups: Mapping[str, Compared]
    other_truth: int
    blind: tuple[Sequence[BlindFigure], Sequence[BlindFigure]] = ((), ())


def compare(
    first: EvaluatedRun, second: EvaluatedRun, listed: str | Sequence[str] | None
) -> tuple[list[QuantityDifference], list[str]]:
    """Compare two evaluations.

    Args:
        first: The evaluation that is compared with.
        second: The other one.
        listed: Classes over which mIoU is averaged; None for those of the first.

    Returns:
        The comparisons, and what could not be compared, with reasons.

    Raises:
        EvaluationError: The protocols differ, a class is unknown, or nothing is common.
    """
    found, problems = [], []
    for kind in dict.fromkeys([*first.protocols, *second.protocols]):
        if kind not in first.protocols or kind not in second.protocols:
            problems.append(f'only one of the evaluations has {kind} cameras')
            continue
        protocols = [run.protocols[kind] for run in (first, second)]
        if protocols[0] != protocols[1]:
            raise EvaluationError(
                f'{kind}: depth of {first.path} is measured by {protocols[0]}, that of '
                f'{second.path} by {protocols[1]}: --protocol must be the same for both'
            )
        for quantity in QUANTITIES:
            tables = [run.frames[quantity].get(kind) for run in (first, second)]
            if tables[0] is None or tables[1] is None:
                if any(tables):
                    problems.append(f'{kind}: only one of the evaluations has {quantity}')
                continue
            if tables[0].columns != tables[1].columns:
                problems.append(f'{kind}: {_other_columns(quantity, tables[0], tables[1])}')
                continue
            pairs = pair_frames(tables[0], tables[1])
            if not len(pairs.first.drive):
                problems.append(f'{kind} {quantity}: {_nothing_common(tables[0], tables[1])}')
                continue
            scaling = first.options.median_scaling.get(kind, True)
            chosen = first.options.classes if listed is None else listed
            one = _compared(kind, quantity, pairs, chosen, scaling)
            own, other = (_blind(run, one, chosen) for run in (first, second))
            found.append(dataclasses.replace(one, blind=(own, other)))
    if not found:
        raise EvaluationError(
            f'{first.path} and {second.path} have nothing to compare: {"; ".join(problems)}'
        )
    return found, problems


def _compared(
    kind: str, quantity: str, pairs: PairedFrames, listed: str | Sequence[str], scaling: bool
) -> QuantityDifference:
    try:
        figures = figures_of(quantity, pairs.first.columns, listed, scaling)
    except ValueError as error:
        raise EvaluationError(f'{kind} {quantity}: {error}') from error
    everything = np.arange(len(pairs.first.drive))
    names = groups_of([recording for recording, _ in pairs.first.drives])
    group = np.array([names[recording] for recording, _ in pairs.first.drives])[pairs.first.drive]
    groups = {}
    if len(set(group)) > 1:
        main = [figure for figure in figures if figure.main]
        groups = {
            str(name): _over(pairs, np.flatnonzero(group == name), main)
            for name in sorted(set(group))
        }
    return QuantityDifference(
        kind=kind,
        quantity=quantity,
        frames=pairs,
        whole=_over(pairs, everything, figures),
        groups=groups,
        other_truth=_other_truth(quantity, pairs),
    )


def _blind(
    run: EvaluatedRun, part: QuantityDifference, listed: str | Sequence[str]
) -> list[BlindFigure]:
    """Return the figures of one evaluation that have predictors to compare with."""
    camera = run.cameras.get(part.kind) or {}
    figures = [figure for figure, _ in part.whole.rows]
    same = run.options.classes == (listed if isinstance(listed, str) else tuple(listed))
    return blind_figures(camera, part.quantity, figures, same_classes=same)


def _over(pairs: PairedFrames, rows: np.ndarray, figures: Sequence[Figure]) -> Compared:
    """Compare the figures over some frames."""
    blocks = blocks_of(pairs.recording_index[rows], pairs.first.stamps_ns[rows])
    first, second = (
        blocks.sums(with_count(table.values[rows])) for table in (pairs.first, pairs.second)
    )
    drawn = draws(blocks.count)
    differences = [
        (figure, paired_difference(first, second, figure.statistic, drawn)) for figure in figures
    ]
    known = [(f, d) for f, d in differences if d.first is not None or d.second is not None]
    return Compared(len(rows), blocks, known)


def _other_truth(quantity: str, pairs: PairedFrames) -> int:
    """Return the number of frames for which the two had different numbers of true pixels."""
    if quantity == DEPTH:
        names = ['pixels', 'withheld']
    elif quantity == CLASSES:
        prefix = class_column('true', '')
        names = [name for name in pairs.first.columns if name.startswith(prefix)]
    else:
        return 0
    places = [pairs.first.column(name) for name in names]
    first, second = (t.values[:, places].sum(1) for t in (pairs.first, pairs.second))
    return int((first != second).sum())


def verdict(difference: Difference, figure: Figure, blocks: Blocks) -> str:
    """Return what a difference says about the second evaluation."""
    if difference.sign is None:
        few = difference.difference is not None and blocks.count < FEWEST_BLOCKS
        return f'too few to tell: {blocks.text}' if few else 'unknown'
    if difference.sign == 0:
        return 'no difference that these frames can tell'
    return 'better' if (difference.sign > 0) == figure.higher else 'worse'


def plain_differences(found: Sequence[QuantityDifference]) -> dict[str, Any]:
    """Return the comparisons by camera and quantity as plain values for JSON."""
    cameras: dict[str, Any] = {}
    for one in found:
        entry = _plain(one.whole)
        entry['frames_only_in_first'] = one.frames.only_first
        entry['frames_only_in_second'] = one.frames.only_second
        entry['frames_with_other_truth'] = one.other_truth
        entry['baselines'] = {
            side: _plain_blind(own) for side, own in zip(_SIDES, one.blind, strict=True)
        }
        entry['groups'] = {name: _plain(compared) for name, compared in one.groups.items()}
        cameras.setdefault(one.kind, {})[one.quantity] = entry
    return cameras


def _plain(compared: Compared) -> dict[str, Any]:
    entry: dict[str, Any] = {
        'frames': compared.frames,
        'drives': compared.blocks.drives,
        'blocks': compared.blocks.count,
    }
    for figure, difference in compared.rows:
        place = entry
        for key in figure.path[:-1]:
            place = place.setdefault(key, {})
        said = verdict(difference, figure, compared.blocks)
        place[figure.path[-1]] = {**dataclasses.asdict(difference), 'verdict': said}
    return entry


def _plain_blind(found: Sequence[BlindFigure]) -> dict[str, Any]:
    """Return figures and those of what never looks, by the same keys as the differences."""
    entry: dict[str, Any] = {}
    for one in found:
        place = entry
        for key in one.figure.path[:-1]:
            place = place.setdefault(key, {})
        place[one.figure.path[-1]] = one.plain()
    return entry


def _other_columns(quantity: str, first: FrameTable, second: FrameTable) -> str:
    differing = sorted(set(first.columns) ^ set(second.columns))[:6]
    what = ', '.join(differing) or 'the order of the columns'
    return f'{quantity}: the evaluations differ in {what}; these are not compared'


def _nothing_common(first: FrameTable, second: FrameTable) -> str:
    one, other = first.drives[0], second.drives[0]
    return (
        f'no common frame; the first has for example {one[0]} {one[1]} from '
        f'{first.stamps_ns[0]} ns on, the second {other[0]} {other[1]} from '
        f'{second.stamps_ns[0]} ns on'
    )
