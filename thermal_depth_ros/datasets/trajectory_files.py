# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectories as text: TUM (time and seven numbers), or KITTI (a 3x4 matrix for each image)."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.text_files import floats, lines_of, pose_matrices, read_text, table
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.messages.stamps import LATEST_NS, NS_PER_S

_TUM_COLUMNS, _KITTI_COLUMNS = 8, (12, 16)


def seconds_ns(path: Path, word: str) -> int:
    """Return a time in seconds since 1970, as written, in nanoseconds.

    Raises:
        DatasetError: It is none that a ROS message can hold.
    """
    try:
        value = Decimal(word)
        if not value.is_finite() or not 0 <= value <= LATEST_NS // NS_PER_S:
            raise InvalidOperation
    except InvalidOperation:
        raise DatasetError(f'{path}: {word!r} is no time in seconds since 1970') from None
    return int(round(value * NS_PER_S))


def tum_trajectory(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return stamps (N,) int64 and poses (N, 4, 4) of lines `t x y z qx qy qz qw`.

    Of several poses with one time the first holds.

    Raises:
        DatasetError: It is missing, or a line has other columns.
    """
    stamps, poses = [], []
    for number, row in enumerate(table(path, _TUM_COLUMNS, 't x y z qx qy qz qw'), 1):
        values = floats(path, number, row[1:_TUM_COLUMNS])
        try:
            poses.append(rigid.compose(values[3:], values[:3]))
        except ValueError as error:
            raise DatasetError(f'{path}: row {number}: {error}') from error
        stamps.append(seconds_ns(path, row[0]))
    if not stamps:
        raise DatasetError(f'{path}: no poses')
    rising, first = np.unique(np.array(stamps, np.int64), return_index=True)
    return rising, np.stack(poses)[first]


def trajectory(path: Path, image_stamps_ns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stamps and poses of a file of either form.

    Args:
        path: Path of the file.
        image_stamps_ns: (N,) stamps of the images, for files without times.

    Raises:
        DatasetError: It is missing, of neither form, or does not fit the images.
    """
    lines = lines_of(read_text(path, 'poses of the camera'))
    columns = len(lines[0].replace(',', ' ').split()) if lines else 0
    if columns == _TUM_COLUMNS:
        return tum_trajectory(path)
    if columns not in _KITTI_COLUMNS:
        raise DatasetError(
            f'{path}: {columns} columns; poses have 8 (time x y z qx qy qz qw) or 12 (3x4 matrix)'
        )
    T = pose_matrices(path, 'poses of the camera')
    if len(T) != len(image_stamps_ns):
        raise DatasetError(f'{path}: {len(T)} poses for {len(image_stamps_ns)} images')
    return image_stamps_ns, T
