# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Ablation tables: rows that differ in a few settings, and the metrics that compare them.

Nothing here knows a particular method; `registry` says which task has which table.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from thermal_depth_ros.base.settings import SettingsError


@dataclasses.dataclass(frozen=True)
class Figure:
    """A column of the table: a metric of the validation."""

    metric: str
    heading: str


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the table: a variant of the training.

    Attributes:
        name: Name of the row and of its folder.
        title: Name of the row in the paper.
        values: Settings of the row, which override those of the user.
        paper: Metrics published in the paper, by name.
        begins_with: Name of a beginning that trains the first stages of this row, so that several
            rows can share it.
    """

    name: str
    title: str
    values: Mapping[str, Any]
    paper: Mapping[str, float]
    begins_with: str = ''


@dataclasses.dataclass(frozen=True)
class Ablation:
    """A table of rows.

    Attributes:
        title: Title of the table.
        figures: Columns of the table.
        rows: Rows in the order of the paper.
        setting: Description of the data on which the paper measured its figures.
        pointless: Returns why a row is meaningless with these configurations, or ''.
        beginnings: Shared first stages of other rows, not part of the table.
    """

    title: str
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]
    setting: str
    pointless: Callable[[Row, tuple[Any, ...]], str] = lambda row, configs: ''
    beginnings: tuple[Row, ...] = ()

    def beginning(self, name: str) -> Row:
        """Return a beginning by its name."""
        return next(row for row in self.beginnings if row.name == name)

    def chosen(self, names: tuple[str, ...]) -> tuple[Row, ...]:
        """Return rows in the order of the table; without names, all of them.

        Raises:
            SettingsError: Unknown rows; all are named.
        """
        known = [row.name for row in self.rows]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise SettingsError(f'variants: {", ".join(unknown)} not among {", ".join(known)}')
        return tuple(row for row in self.rows if not names or row.name in names)
