# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""HTML report of the comparison of two evaluations."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from thermal_depth_ros.evaluation.metrics_json import ConditionResult
from thermal_depth_ros.evaluation.paired.blind_figures import BlindFigure
from thermal_depth_ros.evaluation.paired.differences import (
    Compared,
    QuantityDifference,
    verdict,
)
from thermal_depth_ros.evaluation.paired.figures import Figure
from thermal_depth_ros.evaluation.paired.regressions import PicturedRegression
from thermal_depth_ros.evaluation.reports.evaluation_report import (
    CAMERA_TITLES,
    conditions_section,
)
from thermal_depth_ros.evaluation.reports.notable_pictures import (
    depth_pictures,
    error_bar,
    input_picture,
    wrong_keys,
    wrong_picture,
)
from thermal_depth_ros.metrics.frame_rows import CLASSES, DEPTH
from thermal_depth_ros.metrics.paired_bootstrap import CONFIDENCE, Difference
from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.report import (
    Bar,
    PictureRow,
    Section,
    Table,
    Tile,
    depth_bar,
    flat,
    render_page,
)

_TABLES = {'': '', 'distance': ' by true distance', 'class': ' by class'}


@dataclasses.dataclass(frozen=True, eq=False)
class DifferenceReport:
    """Contents of the report; `names` are those of the two evaluations."""

    names: tuple[str, str]
    found: Sequence[QuantityDifference]
    pictures: Sequence[PicturedRegression]
    conditions: Sequence[ConditionResult]
    notes: Sequence[str]
    provenance: Mapping[str, str]


def render_differences(report: DifferenceReport) -> str:
    """Return the page as HTML text."""
    first, second = report.names
    sections = [*conditions_section(report.conditions)]
    for part in report.found:
        sections.append(difference_section(part, report.names))
        own = [
            one
            for one in report.pictures
            if (one.regression.kind, one.regression.quantity) == (part.kind, part.quantity)
        ]
        if own:
            sections.append(_pictures(part, own, report.names))
    if report.notes:
        sections.append(Section('Notes', notes=report.notes))
    text = (
        f'{second} compared with {first} on the frames that both have. A difference is the value '
        f'of {second} minus that of {first}, with its {CONFIDENCE:.0%} interval. Better and worse '
        f'say what {second} is where the interval does not hold zero; of many figures, one in '
        f'twenty does so by chance.'
    )
    tiles = [tile for part in report.found for tile in _tiles(part)]
    return render_page(
        f'{second} against {first}', text, report.provenance, tiles, sections=sections
    )


def difference_section(part: QuantityDifference, names: tuple[str, str]) -> Section:
    """Return the tables and remarks about one quantity of one kind of camera."""
    name = f'{part.kind}: {part.quantity}'
    tables = []
    for section, title in _TABLES.items():
        rows = [row for row in part.whole.rows if row[0].section == section]
        if rows:
            heading = f'{name}{title}, {part.whole.frames} common frames'
            tables.append(_table(heading, rows, part.whole, names))
    for group, compared in part.groups.items():
        heading = f'{name}: {group or "others"}, {compared.frames} common frames'
        tables.append(_table(heading, compared.rows, compared, names))
    tables += [
        _blind_table(f'{name}: {run} over all its frames, and what never looks at the image', own)
        for run, own in zip(names, part.blind, strict=True)
        if own
    ]
    title = f'{CAMERA_TITLES[part.kind]}: {part.quantity}'
    return Section(title, _sentence(part, names), tables=tables)


def _sentence(part: QuantityDifference, names: tuple[str, str]) -> str:
    blocks = part.whole.blocks
    text = f'{part.whole.frames} frames of both; intervals are drawn from {blocks.text}.'
    if not blocks.are_drives:
        text += ' They speak of these drives, not of others.'
    alone = (part.frames.only_first, part.frames.only_second)
    for name, count in zip(names, alone, strict=True):
        if count:
            text += f' {count} frames of {name} alone are left out.'
    if part.other_truth:
        text += (
            f' The ground truth of {part.other_truth} frames differs in the number of pixels:'
            f' other data, crop or tolerance.'
        )
    return ' '.join((text, *map(_blind_sentence, names, part.blind)))


def _blind_sentence(name: str, found: Sequence[BlindFigure]) -> str:
    """Return which figures of an evaluation do not beat what never looks at the image.

    Those by distance are in the table alone.
    """
    found = [one for one in found if one.figure.section != 'distance']
    if not found:
        return f'{name} has no figures of what never looks at the image.'
    losses = [one.figure.title.partition(', ')[0] for one in found if not one.beats_all]
    if not losses:
        return f'Over all its frames, {name} beats what never looks at the image in every figure.'
    return (
        f'Over all its frames, {name} does not beat what never looks at the image in '
        f'{len(losses)} of {len(found)} figures: {", ".join(losses)}.'
    )


def _blind_table(title: str, found: Sequence[BlindFigure]) -> Table:
    """Return figures of an evaluation next to those of what never looks at the image."""
    predictors = list(dict.fromkeys(name for one in found for name in one.blind))
    rows = []
    for one in found:
        values = [one.value, *(one.blind.get(name) for name in predictors)]
        texts = [_text(one.figure, value) for value in values]
        rows.append((one.figure.title, *texts, 'yes' if one.beats_all else 'no'))
    columns = ('', 'itself', *(name.removeprefix('a ') for name in predictors), 'beats them')
    return Table(title, columns, rows)


def _table(
    title: str,
    rows: Sequence[tuple[Figure, Difference]],
    compared: Compared,
    names: tuple[str, str],
) -> Table:
    columns = ('', *names, 'difference', f'{CONFIDENCE:.0%} interval', f'{names[1]} is')
    return Table(title, columns, [_row(*row, compared) for row in rows])


def _row(figure: Figure, difference: Difference, compared: Compared) -> tuple[str | None, ...]:
    low, high = _text(figure, difference.low, '+'), _text(figure, difference.high, '+')
    return (
        figure.title,
        _text(figure, difference.first),
        _text(figure, difference.second),
        _text(figure, difference.difference, '+'),
        None if low is None else f'{low} to {high}',
        verdict(difference, figure, compared.blocks),
    )


def _text(figure: Figure, value: float | None, sign: str = '') -> str | None:
    return None if value is None else f'{figure.factor * value:{sign}.{figure.digits}f}'


def _tiles(part: QuantityDifference) -> list[Tile]:
    """Return the difference of the first figure of a quantity."""
    figure, difference = part.whole.rows[0]
    if difference.difference is None:
        return []
    said = verdict(difference, figure, part.whole.blocks)
    value = f'{figure.factor * difference.difference:+.{figure.digits}f}'
    return [(value, f'{part.kind} {figure.title}: {said}')]


def _pictures(
    part: QuantityDifference, pictures: Sequence[PicturedRegression], names: tuple[str, str]
) -> Section:
    title = f'{CAMERA_TITLES[part.kind]}: frames that became worst'
    if part.quantity == CLASSES:
        rows = [_class_row(one, names) for one in pictures]
        return Section(f'{title}, classes', frames=rows, keys=wrong_keys())
    assert part.quantity == DEPTH, 'no other quantity has pictures'
    truths = [one.frames[0].truth for one in pictures]
    shown = colouring.depth_range(truths)
    if shown is None:
        return Section(title, 'No true depth to show.')
    rows = []
    for one in pictures:
        images = [*input_picture(one.frames[0])]
        for name, frame in zip(names, one.frames, strict=True):
            predicted, true, error = depth_pictures(frame, shown)
            if frame is one.frames[0]:
                images.append(flat(true, 'true'))
            images += [flat(predicted, f'predicted, {name}'), flat(error, f'error, {name}')]
        rows.append(PictureRow(_caption(one, 'abs_rel'), images))
    maps: list[np.ndarray] = [m for one in pictures for f in one.frames for m in (f.predicted,)]
    bars: list[Bar] = [depth_bar([*maps, *truths], shown), error_bar()]
    return Section(f'{title}, depth', frames=rows, bars=bars)


def _class_row(one: PicturedRegression, names: tuple[str, str]) -> PictureRow:
    images = [*input_picture(one.frames[0])]
    for name, frame in zip(names, one.frames, strict=True):
        images.append(flat(wrong_picture(frame.predicted, frame.truth), f'wrong pixels, {name}'))
    return PictureRow(_caption(one, '1 - mIoU'), images)


def _caption(one: PicturedRegression, error: str) -> str:
    frame, (before, after) = one.frames[0], one.regression.errors
    place = f'{frame.paths[0].name} at {frame.stamp_ns / 1e9:.2f} s'
    return f'{place}: {error} {before:.3f}, then {after:.3f}'
