# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rows measured here, and those of predictors that never look at the image."""

import dataclasses
from collections.abc import Mapping, Sequence

from thermal_depth_ros.evaluation.tables.columns import (
    DEPTH,
    METRIC,
    SCALED,
    Figure,
    column,
)
from thermal_depth_ros.evaluation.tables.measure import Measured
from thermal_depth_ros.evaluation.tables.published import Block, PublishedTable
from thermal_depth_ros.metrics.verdicts import A_CONSTANT, A_MAP, STRAIGHT_AHEAD, beats

PREDICTORS = (A_MAP, A_CONSTANT, STRAIGHT_AHEAD)
_EXPLAINED = (
    'A fixed map (mean inverse depth, or most frequent class, at every place of the other images), '
    'a constant and a motion straight ahead never look at the image.'
)


@dataclasses.dataclass(frozen=True)
class MeasuredRow:
    """A row measured here.

    Attributes:
        name: Name of the bundle, model or folder.
        measured: Figures by condition; conditions that were not measured are missing.
        scaling: SCALED or METRIC, of depth.
    """

    name: str
    measured: Mapping[str, Measured]
    scaling: str = SCALED

    @property
    def title(self) -> str:
        """Name, and that depth is not scaled where it is not."""
        return self.name if self.scaling == SCALED else f'{self.name}, as predicted'

    def figures(self, block: Block, predictor: str = '') -> list[Figure]:
        """Return the figures in the order of the columns of a block.

        Args:
            block: Part of the table.
            predictor: '' or one of PREDICTORS, whose figures on the same images are wanted.
        """
        return [self.figure(condition, name, predictor) for condition, name in block.columns]

    def figure(self, condition: str, name: str, predictor: str = '') -> Figure:
        """Return one figure by the name of its column; None if it was not measured."""
        measured = self.measured.get(condition)
        if measured is None:
            return None
        return column(name).figure(measured.metrics, self.scaling, predictor)


def with_predicted(row: MeasuredRow) -> list[MeasuredRow]:
    """Return a row, and the same without scaling of depth."""
    return [row, dataclasses.replace(row, scaling=METRIC)]


def blind_rows(block: Block, rows: Sequence[MeasuredRow]) -> list[tuple[str, list[Figure]]]:
    """Return name and figures of the predictors that never look at the image.

    There is one row of each predictor where all rows were measured on the same pixels; otherwise
    their names say whose pixels theirs are.
    """
    columns = [column(name) for _, name in block.columns]
    if all(one.measures != DEPTH for one in columns):
        rows = [row for row in rows if row.scaling == SCALED]  # the others are the same
    found: dict[tuple[str, str], dict[tuple[str, ...], tuple[str, list[Figure]]]] = {}
    for predictor in PREDICTORS:
        for row in rows:
            figures = row.figures(block, predictor)
            texts = tuple(c.text(figure) for c, figure in zip(columns, figures, strict=True))
            if any(figure is not None for figure in figures):
                found.setdefault((predictor, row.scaling), {}).setdefault(
                    texts, (row.name, figures)
                )
    named = []
    for (predictor, scaling), entries in found.items():
        title = predictor if scaling == SCALED else f'{predictor}, as it is'
        for name, figures in entries.values():
            named.append((title if len(entries) == 1 else f'{title}, images of {name}', figures))
    return named


def blind_remarks(table: PublishedTable, rows: Sequence[MeasuredRow]) -> list[str]:
    """Return for each row and condition which figures do not beat what never looks."""
    lines = []
    for row in rows:
        for name, condition in table.conditions.items():
            compared = [
                (column(figure).heading.rstrip(' ↓↑'), text)
                for block in table.blocks
                for figure in block.columns_of(name)
                if (text := _unbeaten(row, name, figure)) is not None
            ]
            losses = [f'{heading} {text}' for heading, text in compared if text]
            where = f'{row.title}, {condition.title}'
            if losses:
                lines.append(f'{where}: does not beat what never looks: {", ".join(losses)}')
            elif compared:
                lines.append(f'{where}: beats what never looks at the image in every figure')
    return [_EXPLAINED, *lines] if lines else []


def _unbeaten(row: MeasuredRow, condition: str, name: str) -> str | None:
    """Return a figure and that of the best predictor that it does not beat; '' if it beats all.

    None where either was not measured.
    """
    one = column(name)
    ours = row.figure(condition, name)
    blind = [(p, f) for p in PREDICTORS if (f := row.figure(condition, name, p)) is not None]
    if ours is None or not blind:
        return None
    predictor, best = (max if one.higher else min)(blind, key=lambda entry: _mean(entry[1]))
    if beats(_mean(ours), _mean(best), higher=one.higher):
        return ''
    return f'{one.text(ours)} ({predictor}: {one.text(best)})'


def _mean(figure: float | tuple[float, float]) -> float:
    """Return a figure without its deviation."""
    return figure[0] if isinstance(figure, tuple) else figure
