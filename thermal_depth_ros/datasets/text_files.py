# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in text files of data sets: matrices, `key: numbers` lines, tables, lists of names."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError, missing

MAX_BYTES = 256 << 20  # of a table; hours of poses at 200 Hz


def read_text(path: Path, expected: str, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a file.

    Args:
        path: Path of the file.
        expected: What the layout has there, for messages.
        max_bytes: Largest size.

    Raises:
        DatasetError: It is missing, too large, or no text.
    """
    if not path.is_file():
        raise missing(path, expected)
    if path.stat().st_size > max_bytes:
        raise DatasetError(f'{path}: larger than {max_bytes} bytes')
    try:
        return path.read_text('utf-8-sig')
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f'{path}: {error}') from error


def lines_of(text: str) -> list[str]:
    """Return the lines that are neither empty nor comments."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith('#')]


def matrix(path: Path, shape: tuple[int, ...], expected: str) -> np.ndarray:
    """Return all numbers of a file in a shape, float64.

    Raises:
        DatasetError: It is missing, or does not hold these numbers.
    """
    words = ' '.join(lines_of(read_text(path, expected))).replace(',', ' ').split()
    return _shaped(path, '', words, shape)


def pose_matrices(path: Path, expected: str) -> np.ndarray:
    """Return rigid motions (N, 4, 4), one in each line as 12 or 16 numbers of a 3x4 or 4x4 matrix.

    Raises:
        DatasetError: It is missing, or has other lines.
    """
    rows = []
    for number, line in enumerate(lines_of(read_text(path, expected)), 1):
        words = line.replace(',', ' ').split()
        rows.append(_shaped(path, f'line {number}', words[:12], (3, 4)))
        if len(words) not in (12, 16):
            raise DatasetError(f'{path}: line {number} has {len(words)} numbers, not 12 or 16')
    T = np.zeros((len(rows), 4, 4))
    T[:, 3, 3] = 1.0
    if rows:
        T[:, :3] = np.stack(rows)
    _check_rotations(path, T)
    return T


def keyed_numbers(path: Path, expected: str) -> dict[str, np.ndarray]:
    """Return the numbers of each `key: numbers` line; other lines, such as dates, are left out.

    Raises:
        DatasetError: It is missing, or no text.
    """
    found = {}
    for line in lines_of(read_text(path, expected)):
        key, colon, rest = line.partition(':')
        if not colon:
            key, _, rest = line.partition(' ')
        try:
            found[key.strip()] = np.array(rest.replace(',', ' ').split(), np.float64)
        except ValueError:
            continue
    return found


def entry(
    path: Path, values: Mapping[str, np.ndarray], key: str, shape: tuple[int, ...]
) -> np.ndarray:
    """Return one entry of `keyed_numbers` in a shape.

    Raises:
        DatasetError: The entry is missing, or has another number of values.
    """
    if key not in values:
        raise DatasetError(f'{path}: no entry {key!r}; it has {", ".join(values) or "none"}')
    return _shaped(path, key, values[key], shape)


def table(path: Path, columns: int, expected: str) -> list[list[str]]:
    """Return the rows of a table separated by commas, else by spaces; names are left out.

    Raises:
        DatasetError: It is missing, or a row has fewer columns.
    """
    rows = []
    for number, line in enumerate(lines_of(read_text(path, expected)), 1):
        row = [word.strip() for word in line.split(',')] if ',' in line else line.split()
        if number == 1 and not _is_number(row[0]):
            continue
        if len(row) < columns:
            raise DatasetError(f'{path}: row {number} has {len(row)} columns, not {columns}')
        rows.append(row)
    return rows


def floats(path: Path, number: int, words: list[str]) -> np.ndarray:
    """Return the words of a row as finite numbers.

    Raises:
        DatasetError: One of them is none.
    """
    return _shaped(path, f'row {number}', words, (len(words),))


def rigid_of(path: Path, name: str, R: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return a rigid motion (4, 4) of a rotation and a translation.

    Raises:
        DatasetError: The first is no rotation.
    """
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R.reshape(3, 3), t.reshape(3)
    _check_rotations(path, T[None], name)
    return T


def _check_rotations(path: Path, T: np.ndarray, name: str = '') -> None:
    R = T[:, :3, :3]
    error = np.abs(R @ R.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2), initial=0.0)
    wrong = np.flatnonzero((error > 1e-2) | (np.linalg.det(R) < 0))
    if len(wrong):
        which = name or f'pose {int(wrong[0]) + 1}'
        raise DatasetError(f'{path}: {which} is no rotation: {R[wrong[0]].round(4).tolist()}')


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _shaped(
    path: Path, what: str, words: 'list[str] | np.ndarray', shape: tuple[int, ...]
) -> np.ndarray:
    where = f'{path}: {what}' if what else str(path)
    try:
        values = np.array(words, np.float64)
        if not np.isfinite(values).all():
            raise ValueError('not all numbers are finite')
        return values.reshape(shape)
    except ValueError as error:
        raise DatasetError(f'{where}: {error}') from error
