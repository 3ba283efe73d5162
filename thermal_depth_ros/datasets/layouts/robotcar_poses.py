# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Poses of Oxford RobotCar: visual odometry, or GPS and IMU."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.text_files import floats, matrix, table
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.trajectory import Trajectory

# From axes forward, left, up to those of the vehicle: forward, right, down.
T_VEHICLE_BASE = np.diag([1.0, -1.0, -1.0, 1.0])
_FILES = {'vo': ('vo', 'vo.csv'), 'ins': ('gps', 'ins.csv'), 'rtk': ('gps', 'rtk.csv')}
# Columns of northing, easting, down and of roll, pitch, yaw.
_COLUMNS = {'ins': (5, 12), 'rtk': (4, 11)}


def vehicle(path: Path) -> np.ndarray:
    """Return the motion (4, 4) of an extrinsics file: x, y, z, roll, pitch, yaw.

    Raises:
        DatasetError: It is missing, or has other numbers.
    """
    return _motion(matrix(path, (6,), 'x, y, z, roll, pitch, yaw'))


def read_poses(folder: Path, extrinsics: Path, kind: str, notes: list[str]) -> Trajectory | None:
    """Return the poses of base_link in a world with its axes at the start; None if there are none.

    Args:
        folder: Folder of the sequence.
        extrinsics: Folder of the extrinsics.
        kind: vo, ins or rtk.
        notes: Gets a line where there are none.

    Raises:
        DatasetError: The file has other columns, or its times do not grow.
    """
    path = folder.joinpath(*_FILES[kind])
    if not path.is_file():
        notes.append(f'no {"/".join(_FILES[kind])}, so that there are no poses')
        return None
    stamps_us, T_world_vehicle = _odometry(path) if kind == 'vo' else _absolute(path, kind)
    if kind != 'vo':
        T_world_vehicle = T_world_vehicle @ rigid.invert(vehicle(extrinsics / 'ins.txt'))
        T_world_vehicle[:, :3, 3] -= T_world_vehicle[0, :3, 3].copy()
    behind = np.flatnonzero(np.diff(stamps_us) <= 0)
    if len(behind):
        raise DatasetError(f'{path}: the time of row {int(behind[0]) + 2} is not later')
    T = T_VEHICLE_BASE @ T_world_vehicle @ T_VEHICLE_BASE
    return Trajectory(stamps_us * 1000, T)


def _odometry(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Compose the motions of vo.csv: that of a row leads from its second time to its first."""
    rows = table(path, 8, 'visual odometry')
    if not rows:
        raise DatasetError(f'{path}: no rows')
    stamps, T = [_microseconds(path, rows[0][1])], [np.eye(4)]
    for number, row in enumerate(rows, 1):
        stamps.append(_microseconds(path, row[0]))
        T.append(T[-1] @ _motion(floats(path, number, row[2:8])))
    if stamps[0] >= stamps[1]:
        del stamps[0], T[0]
    return np.array(stamps, np.int64), np.stack(T)


def _absolute(path: Path, kind: str) -> tuple[np.ndarray, np.ndarray]:
    place, turn = _COLUMNS[kind]
    rows = table(path, turn + 3, f'poses of {kind}')
    if not rows:
        raise DatasetError(f'{path}: no rows')
    stamps = [_microseconds(path, row[0]) for row in rows]
    T = [
        _motion(floats(path, number, row[place : place + 3] + row[turn : turn + 3]))
        for number, row in enumerate(rows, 1)
    ]
    return np.array(stamps, np.int64), np.stack(T)


def _microseconds(path: Path, word: str) -> int:
    if not word.isdecimal() or not 12 < len(word) < 18:
        raise DatasetError(f'{path}: {word!r} is no time in microseconds since 1970')
    return int(word)


def _motion(xyzrpy: np.ndarray) -> np.ndarray:
    T = np.eye(4)
    T[:3, :3] = rigid.from_roll_pitch_yaw(*xyzrpy[3:])
    T[:3, 3] = xyzrpy[:3]
    return T
