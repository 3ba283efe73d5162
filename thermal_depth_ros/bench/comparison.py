# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Two files of measurements, figure by figure."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.screen import output_screen, table

_LARGEST_FILE = 10_000_000  # bytes
Row = tuple[str, str, str, str, str]


class MeasurementsError(ThermalDepthError, ValueError):
    """A file is not one that `thermal-depth bench --json` writes; the message names it."""


def read_measurements(path: Path) -> list[dict[str, Any]]:
    """Return the measurements in a file; see `Measurement.as_plain`.

    Raises:
        MeasurementsError: It cannot be read, or has other content.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise MeasurementsError(f'{path}: too large for measurements')
        rows = json.loads(path.read_text('utf-8'))
    except OSError as error:
        raise MeasurementsError(f'{path}: {error.strerror or error}') from error
    except ValueError as error:
        raise MeasurementsError(f'{path}: not JSON: {error}') from error
    if not isinstance(rows, list) or not all(map(_is_measurement, rows)):
        raise MeasurementsError(f'{path}: not a list of measurements of `thermal-depth bench`')
    return rows


def _is_measurement(row: Any) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(k), str) for k in ('group', 'name')):
        return False
    value = row.get('value')
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def show_comparison(before: Path, after: Path) -> None:
    """Print the figures of two files next to each other.

    Raises:
        MeasurementsError: See `read_measurements`.
    """
    rows = list(compared_rows(read_measurements(before), read_measurements(after)))
    columns = ('', 'figure', before.name, after.name, 'ratio')
    output_screen().print(table('comparison', columns, rows, left=(0, 1)))


def compared_rows(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[Row]:
    """Yield group, figure, both values with unit, and the second divided by the first."""
    old = {(row['group'], row['name']): row for row in before}
    new = {(row['group'], row['name']): row for row in after}
    for key in dict.fromkeys([*old, *new]):
        values = [rows[key]['value'] if key in rows else None for rows in (old, new)]
        unit = (new.get(key) or old[key]).get('unit', '')
        shown = ['-' if v is None else f'{v:.5g} {unit}'.rstrip() for v in values]
        first, second = values
        ratio = '' if not first or second is None else f'{second / first:.3f}'
        yield *key, shown[0], shown[1], ratio
