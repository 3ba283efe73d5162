# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Figures of single frames as CSV files, one for each quantity, beside metrics.json."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.base.text_output import replacing
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.frame_rows import QUANTITIES

_KEY = ('recording', 'camera', 'kind', 'stamp_ns')
Drive = tuple[str, str]  # recording and image topic


@dataclasses.dataclass(frozen=True, eq=False)
class FrameTable:
    """Figures of the frames of one kind of camera.

    Attributes:
        columns: Names of the K numbers of a frame.
        drives: Recording and image topic of each camera.
        drive: (N,) index into them of each frame.
        stamps_ns: (N,) int64.
        values: (N, K) float64.
    """

    columns: tuple[str, ...]
    drives: tuple[Drive, ...]
    drive: np.ndarray
    stamps_ns: np.ndarray
    values: np.ndarray

    def column(self, name: str) -> int:
        """Return the place of a column."""
        return self.columns.index(name)


def frame_file(folder: Path, quantity: str) -> Path:
    """Return the file of a quantity, one of QUANTITIES."""
    return folder / f'frames_{quantity}.csv'


def write_frames(
    folder: Path, results: Sequence[tuple[str, str, str, CameraAccumulator]]
) -> list[Path]:
    """Write the rows of all frames, and return the files; quantities without any have none.

    Args:
        folder: Folder of the files; those of an earlier evaluation are replaced or removed.
        results: Recording, image topic, kind and scores of every camera.

    Raises:
        OSError: A file cannot be written.
    """
    written = []
    for quantity in QUANTITIES:
        file = frame_file(folder, quantity)
        parts = [(key, scores.frame_rows[quantity]) for *key, scores in results]
        parts = [(key, rows) for key, rows in parts if len(rows)]
        if not parts:
            file.unlink(missing_ok=True)
            continue
        with replacing(file) as binary:
            text = io.TextIOWrapper(binary, encoding='utf-8', newline='')
            writer = csv.writer(text, lineterminator='\n')
            writer.writerow([*_KEY, *parts[0][1].columns])
            for key, rows in parts:
                for stamp_ns, row in rows:
                    writer.writerow([*key, stamp_ns, *map(_number, row.tolist())])
            text.detach()
        written.append(file)
    return written


def read_frames(folder: Path, quantity: str) -> dict[str, FrameTable]:
    """Return the frames by kind of camera; empty if the file is not there.

    Raises:
        EvaluationError: The file is damaged; the message names the line.
    """
    file = frame_file(folder, quantity)
    if not file.exists():
        return {}
    try:
        with file.open(encoding='utf-8', newline='') as lines:
            return _tables(file, csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f'{file}: cannot be read: {error}') from error


def _tables(file: Path, lines: Iterable[list[str]]) -> dict[str, FrameTable]:
    rows = iter(lines)
    heading = next(rows, [])
    if tuple(heading[: len(_KEY)]) != _KEY:
        raise EvaluationError(f'{file}: begins with {heading[:4]}, not with {list(_KEY)}')
    columns = tuple(heading[len(_KEY) :])
    found: dict[str, list[tuple[Drive, int, list[float]]]] = {}
    for number, row in enumerate(rows, 2):
        if len(row) != len(heading):
            raise EvaluationError(f'{file}: line {number} has {len(row)} of {len(heading)} cells')
        recording, camera, kind, stamp_ns, *values = row
        try:
            entry = (recording, camera), int(stamp_ns), list(map(float, values))
        except ValueError as error:
            raise EvaluationError(f'{file}: line {number}: {error}') from error
        found.setdefault(kind, []).append(entry)
    return {kind: _table(columns, entries) for kind, entries in found.items()}


def _table(
    columns: tuple[str, ...], entries: Sequence[tuple[Drive, int, list[float]]]
) -> FrameTable:
    drives = tuple(dict.fromkeys(drive for drive, _, _ in entries))
    places = {drive: place for place, drive in enumerate(drives)}
    return FrameTable(
        columns,
        drives,
        np.array([places[drive] for drive, _, _ in entries], np.int64),
        np.array([stamp_ns for _, stamp_ns, _ in entries], np.int64),
        np.array([values for _, _, values in entries], np.float64).reshape(-1, len(columns)),
    )


def _number(value: float) -> str:
    """Return a number with all its digits, counts without a fraction."""
    return str(int(value)) if value.is_integer() else repr(value)
