# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectories as text files of TUM (stamp, position, quaternion) and KITTI (3x4 matrices)."""

import dataclasses
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.geometry import rigid

SUFFIXES = ('.txt', '.tum', '.kitti')
TUM, KITTI = FORMATS = ('tum', 'kitti')
TIMES = 'times.txt'  # stamps beside a file of KITTI
PERIOD_NS = 100_000_000  # of KITTI, where no times are known
_COLUMNS = {8: TUM, 12: KITTI}
_LATEST_S = 1 << 33  # beyond the times of ROS


@dataclasses.dataclass(frozen=True, eq=False)
class TrajectoryFile:
    """Poses of a file.

    Attributes:
        path: The file.
        format: TUM or KITTI.
        stamps_ns: (N,) int64; None for KITTI without times.
        T_world_body: (N, 4, 4).
    """

    path: Path
    format: str
    stamps_ns: np.ndarray | None
    T_world_body: np.ndarray


def is_trajectory_file(path: Path) -> bool:
    """Whether a path is a file with a suffix of trajectories."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def read_trajectory(path: Path) -> TrajectoryFile:
    """Read a trajectory; its format follows from the number of columns.

    Times of KITTI are those of a file times.txt in the same folder, if there is one.

    Raises:
        BagError: It cannot be read or holds no poses; the message names the line.
    """
    rows = _rows(path)
    if not rows:
        raise BagError(f'{path}: no poses')
    columns = len(rows[0][1])
    if columns not in _COLUMNS:
        raise BagError(
            f'{path}: {columns} numbers in line {rows[0][0]}: a trajectory of TUM has 8 '
            '(time x y z qx qy qz qw), one of KITTI 12 (a 3x4 matrix)'
        )
    for number, words in rows:
        if len(words) != columns:
            raise BagError(f'{path}: line {number} has {len(words)} numbers, not {columns}')
    if _COLUMNS[columns] == KITTI:
        poses = np.stack([_kitti_pose(path, number, words) for number, words in rows])
        return TrajectoryFile(path, KITTI, _times(path.parent / TIMES, len(rows)), poses)
    stamps = [_stamp_ns(path, number, words[0]) for number, words in rows]
    poses = np.stack([_tum_pose(path, number, words[1:]) for number, words in rows])
    return TrajectoryFile(path, TUM, np.array(stamps, np.int64), poses)


def write_tum(path: Path, stamps_ns: np.ndarray, T_world_body: np.ndarray) -> None:
    """Write poses (N, 4, 4) in the format of TUM.

    Raises:
        OSError: The file cannot be written.
    """
    lines = ['# time[s] x y z[m] qx qy qz qw']
    for stamp_ns, T in zip(stamps_ns.tolist(), T_world_body, strict=True):
        seconds, rest = divmod(stamp_ns, 10**9)
        numbers = [*T[:3, 3], *rigid.quaternion_from_matrix(T[:3, :3])]
        lines.append(f'{seconds}.{rest:09d} ' + ' '.join(f'{value:.9g}' for value in numbers))
    write_text(path, '\n'.join(lines) + '\n')


def write_kitti(path: Path, T_world_body: np.ndarray) -> None:
    """Write poses (N, 4, 4) in the format of KITTI, which has no stamps.

    Raises:
        OSError: The file cannot be written.
    """
    rows = (' '.join(f'{value:.9g}' for value in T[:3].ravel()) for T in T_world_body)
    write_text(path, '\n'.join(rows) + '\n')


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return number and words of the lines that are neither empty nor comments."""
    try:
        lines = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BagError(f'{path}: {error}') from error
    words = ((number, line.replace(',', ' ').split()) for number, line in enumerate(lines, 1))
    return [(number, found) for number, found in words if found and not found[0].startswith('#')]


def _stamp_ns(path: Path, number: int, word: str) -> int:
    try:
        seconds = Decimal(word)
        if seconds.is_finite() and 0 <= seconds < _LATEST_S:
            return round(seconds * 10**9)
    except InvalidOperation:
        pass
    raise BagError(f'{path}: line {number}: {word!r} is not a time in seconds')


def _values(path: Path, number: int, words: list[str]) -> np.ndarray:
    try:
        values = np.array(words, np.float64)
    except ValueError as error:
        raise BagError(f'{path}: line {number}: {error}') from error
    if not np.isfinite(values).all():
        raise BagError(f'{path}: line {number}: not all numbers are finite')
    return values


def _tum_pose(path: Path, number: int, words: list[str]) -> np.ndarray:
    values = _values(path, number, words)
    try:
        return rigid.compose(values[3:], values[:3])
    except ValueError as error:
        raise BagError(f'{path}: line {number}: {error}') from error


def _kitti_pose(path: Path, number: int, words: list[str]) -> np.ndarray:
    T = np.eye(4)
    T[:3] = _values(path, number, words).reshape(3, 4)
    try:
        T[:3, :3] = rigid.nearest_rotation(T[:3, :3])
    except ValueError as error:
        raise BagError(f'{path}: line {number}: {error}') from error
    return T


def _times(path: Path, count: int) -> np.ndarray | None:
    """Return the stamps (N,) in a file with one time in seconds per line; None without it."""
    if not path.exists():
        return None
    rows = _rows(path)
    if len(rows) != count:
        raise BagError(f'{path}: {len(rows)} times for {count} poses')
    return np.array([_stamp_ns(path, number, words[0]) for number, words in rows], np.int64)
