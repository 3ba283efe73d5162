# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sections of docs/performance.md that are generated from measurements."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

UNMEASURED = 'unmeasured'
Rows = list[dict[str, Any]]


def tables(rows: Rows) -> Iterator[str]:
    """Yield the lines of a table in Markdown for each group."""
    for group in dict.fromkeys(row['group'] for row in rows):
        yield from (f'### {group[0].upper()}{group[1:]}', '', '| figure | value | target | |')
        yield '|---|---|---|---|'
        yield from (_line(row) for row in rows if row['group'] == group)
        yield ''


def _line(row: dict[str, Any]) -> str:
    value = row['value']
    shown = UNMEASURED if value is None else f'{value:.4g} {row.get("unit") or ""}'.strip()
    verdict = {True: ': met', False: ': **missed**', None: ''}[row.get('met')]
    target = f'{row["target"]}{verdict}' if row.get('target') else ''
    return f'| {row["name"]} | {shown} | {target} | {row.get("detail") or ""} |'


def replaced(page: str, begin: str, end: str, section: str) -> str:
    """Return a page with the section between two marks replaced.

    Raises:
        ValueError: The page has no such marks.
    """
    before, mark, rest = page.partition(begin)
    _, end_mark, after = rest.partition(end)
    if not (mark and end_mark):
        raise ValueError(f'the page has no {begin} and {end}')
    return f'{before}{begin}\n\n{section}\n{end}{after}'


def write_chart(path: Path, svg: str) -> None:
    """Write a chart as a file of its own."""
    path.write_text(svg, 'utf-8')
