# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A table with published and measured rows: as text, Markdown, LaTeX, HTML and JSON."""

import dataclasses
import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from thermal_depth_ros.evaluation.metrics_json import plain
from thermal_depth_ros.evaluation.tables.columns import (
    CLASSES,
    DEPTH,
    MOTION,
    SCALED,
    Figure,
    column,
)
from thermal_depth_ros.evaluation.tables.published import Block, Condition, PublishedTable
from thermal_depth_ros.evaluation.tables.rows import MeasuredRow, blind_remarks, blind_rows
from thermal_depth_ros.metrics.depth import PROTOCOLS, DepthProtocol
from thermal_depth_ros.pages.plain_tables import markdown_text, to_latex, to_markdown
from thermal_depth_ros.pages.report import Section, Table, problems_section, render_page

PUBLISHED, HERE = 'paper', 'here'  # where a row comes from
FORMAT = 1


@dataclasses.dataclass(frozen=True)
class FilledTable:
    """A published table with measured rows.

    Attributes:
        published: The table of the paper.
        rows: Rows measured here.
        notes: Messages about the measurements.
        problems: What makes measured figures incomplete.
        provenance: Origin of the measured rows.
    """

    published: PublishedTable
    rows: Sequence[MeasuredRow] = ()
    notes: Sequence[str] = ()
    problems: Sequence[str] = ()
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def tables(self) -> list[Table]:
        """Return the blocks as tables of texts."""
        return [self._table(block) for block in self.published.blocks]

    def remarks(self) -> list[str]:
        """Return the protocol, the notes on the paper, and those on the measurements.

        These begin with what does not beat predictors that never look at the image.
        """
        table = self.published
        protocols = [protocol_text(c, table.measures(name)) for name, c in table.conditions.items()]
        blind = blind_remarks(table, self.rows)
        return [*protocols, *table.notes, *self._counts(), *blind, *self.notes]

    def markdown(self) -> str:
        """Return the table as a page of Markdown."""
        parts = [f'# {markdown_text(self._title)}\n']
        parts += [to_markdown(table) for table in self.tables()]
        lines = [*(f'problem: {text}' for text in self.problems), *self.remarks()]
        parts.append(''.join(f'- {" ".join(text.split())}\n' for text in lines))
        return '\n'.join(parts)

    def latex(self) -> str:
        """Return the blocks as `tabular`s of LaTeX, for the package booktabs."""
        comments = [f'% {self._title}', *(f'% {" ".join(text.split())}' for text in self.remarks())]
        parts = ['\n'.join(comments) + '\n']
        for block in self.published.blocks:
            ruled = {len(block.rows)} if self.rows else set()
            parts.append(to_latex(self._table(block, named=False), self._groups(block), ruled))
        return '\n'.join(parts)

    def html(self) -> str:
        """Return the table as an HTML page."""
        sections = [
            *problems_section(self.problems),
            Section('Table', tables=self.tables()),
            Section('Protocol and remarks', notes=self.remarks()),
        ]
        text = (
            f'Rows marked "{PUBLISHED}" are as printed, those marked "{HERE}" were measured here.'
        )
        return render_page(self._title, text, self.provenance, sections=sections)

    def json(self) -> str:
        """Return the table as JSON, with all metrics of the measured rows."""
        content: dict[str, Any] = {
            'format': FORMAT,
            'table': self.published.name,
            'title': self.published.title,
            'source': self.published.source,
            'blocks': [self._block_json(block) for block in self.published.blocks],
            'measured': {
                row.title: {
                    name: {'images': one.images, 'metrics': dict(one.metrics)}
                    for name, one in row.measured.items()
                }
                for row in self.rows
                if row.scaling == SCALED
            },
            'remarks': self.remarks(),
            'problems': list(self.problems),
            'provenance': dict(self.provenance),
        }
        return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + '\n'

    @property
    def _title(self) -> str:
        return f'{self.published.title} ({self.published.source})'

    def _table(self, block: Block, named: bool = True) -> Table:
        """Return a block; `named` puts the condition into the headings if there are several."""
        conditions = self.published.conditions
        several = named and len(block.conditions()) > 1
        heads = [
            f'{where}: {column(name).heading}' if several else column(name).heading
            for where, name in block.columns
        ]
        attributes = self.published.attributes
        rows = [[name, *more, *texts] for name, more, texts in self._rows(block)]
        title = block.title or ', '.join(conditions[c].title for c in block.conditions())
        return Table(title, ('', 'from', *attributes, *heads), rows, 2 + len(attributes))

    def _rows(self, block: Block) -> list[tuple[str, list[str], list[str]]]:
        """Return name, texts in front of the figures, and figures of each row."""
        columns = [column(name) for _, name in block.columns]
        empty = [''] * len(self.published.attributes)

        def texts(figures: Sequence[Figure]) -> list[str]:
            return [c.text(figure) for c, figure in zip(columns, figures, strict=True)]

        rows = [(row.name, [PUBLISHED, *row.attributes], texts(row.figures)) for row in block.rows]
        here = [(name, [HERE, *empty], texts(figures)) for name, figures in self._here(block)]
        return rows + here

    def _here(self, block: Block) -> list[tuple[str, list[Figure]]]:
        """Return name and figures of the measured rows, and of what never looks at the image."""
        measured = [(row.title, row.figures(block)) for row in self.rows]
        return measured + blind_rows(block, self.rows)

    def _groups(self, block: Block) -> list[tuple[str, int]]:
        """Return the conditions above the columns of LaTeX; empty if there is one."""
        if len(block.conditions()) < 2:
            return []
        groups = [('', 2 + len(self.published.attributes))]
        for name in block.conditions():
            count = len(block.columns_of(name))
            groups.append((self.published.conditions[name].title, count))
        return groups

    def _block_json(self, block: Block) -> dict[str, Any]:
        names = [f'{condition}.{name}' for condition, name in block.columns]
        rows = [
            {'name': row.name, 'from': PUBLISHED, 'figures': _named(names, row.figures)}
            for row in block.rows
        ]
        rows += [
            {'name': name, 'from': HERE, 'figures': _named(names, figures)}
            for name, figures in self._here(block)
        ]
        return {'title': block.title, 'rows': rows}

    def _counts(self) -> list[str]:
        """Return on how many images the rows were measured, where it is not that of the paper."""
        lines = []
        for name, condition in self.published.conditions.items():
            counts = {row.measured[name].images for row in self.rows if name in row.measured}
            if condition.cost_at is not None or not counts:
                continue
            shown = ' or '.join(map(str, sorted(counts)))
            paper = f', {condition.images} in the paper' if condition.images else ''
            lines.append(f'{condition.title}: {shown} images here{paper}')
        return lines


def protocol_text(condition: Condition, measures: Collection[str]) -> str:
    """Describe the protocol of a condition in a sentence.

    Args:
        condition: The condition.
        measures: What its columns measure: DEPTH, CLASSES, MOTION or COST.
    """
    parts = []
    if DEPTH in measures:
        parts.append(_depth_text(PROTOCOLS[condition.protocol]))
    if CLASSES in measures:
        parts.append(f'mIoU over the classes of {condition.classes}')
    if MOTION in measures:
        parts.append('snippets of 5 frames, each scaled to fit')
    if condition.crop is not None:
        crop = condition.crop
        rows = f'{crop.top} to {crop.height - crop.bottom - 1}'
        parts.append(f'rows {rows} of {crop.width}x{crop.height}')
    return f'{condition.title}: {"; ".join(parts)}.' if parts else f'Counted for {condition.title}.'


def _depth_text(protocol: DepthProtocol) -> str:
    far = '' if math.isinf(protocol.max_gt_m) else f' to {protocol.max_gt_m:g}'
    text = (
        f'true depth from {protocol.min_gt_m:g}{far} m, each prediction scaled by the ratio of '
        f'medians, then clamped to {protocol.clamp_min_m:g} to {protocol.clamp_max_m:g} m'
    )
    if math.isfinite(protocol.cap_m):
        text += f', counted to {protocol.cap_m:g} m'
    return f'{text}, resized as {protocol.resize.value.replace("_", " ")}'


def _named(names: Sequence[str], figures: Sequence[Figure]) -> dict[str, Any]:
    return dict(zip(names, figures, strict=True))
