# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stamps of images: of files of times, of numbers, of names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.prepared_folder import START_NS
from thermal_depth_ros.bags.timestamps import (
    Timestamps,
    read_timestamps,
    rising_times,
    stamps_in_names,
)
from thermal_depth_ros.datasets.errors import DatasetError, missing
from thermal_depth_ros.datasets.text_files import read_text
from thermal_depth_ros.messages.stamps import LATEST_NS


def stamps_of_file(path: Path, count: int) -> np.ndarray:
    """Return the first times (N,) int64 of a file; times that count from a start begin at START_NS.

    Raises:
        DatasetError: It is missing.
        BagError: It has fewer times, or they do not grow.
    """
    if not path.is_file():
        raise missing(path, 'one time in each line')
    return _since_start(read_timestamps(path, count))


def stamps_of_lines(path: Path, numbers: Sequence[int]) -> np.ndarray:
    """Return the times (N,) int64 of some lines of a file, counted from 0.

    Lines may be empty, as KITTI has them for sweeps that were lost.

    Raises:
        DatasetError: It is missing, or has no time in such a line.
        BagError: The times do not grow.
    """
    lines = [line.strip() for line in read_text(path, 'one time in each line').splitlines()]
    absent = [number for number in numbers if number >= len(lines) or not lines[number]]
    if absent:
        raise DatasetError(
            f'{path}: no time in line {absent[0] + 1}, that of frame {absent[0]}; it has '
            f'{len(lines)} lines'
        )
    words = [lines[number] for number in numbers]
    return _since_start(rising_times(words, path)) if words else np.zeros(0, np.int64)


def _since_start(times: Timestamps) -> np.ndarray:
    """Return stamps since 1970; times that count from a start begin at START_NS."""
    if times.absolute:
        return times.stamps_ns
    return START_NS + times.stamps_ns - min(int(times.stamps_ns[0]), 0)


def stamps_of_numbers(numbers: Sequence[int], period_s: float, where: object) -> np.ndarray:
    """Return stamps (N,) int64 of frame numbers at a fixed rate.

    Raises:
        DatasetError: The numbers do not grow, or are so large that a ROS time cannot say them.
    """
    stamps = START_NS + np.round(np.asarray(numbers, np.float64) * period_s * 1e9).astype(np.int64)
    if (np.diff(stamps) <= 0).any():
        raise DatasetError(f'{where}: the numbers of the images do not grow')
    if len(stamps) and int(stamps[-1]) > LATEST_NS:
        raise DatasetError(f'{where}: {numbers[-1]} images of {period_s:g} s end after 2038')
    return stamps


def stamps_of_microseconds(files: Sequence[Path]) -> np.ndarray:
    """Return the stamps (N,) int64 of files named by microseconds since 1970.

    Raises:
        DatasetError: A name is no such time.
    """
    times = stamps_in_names([file.stem for file in files])
    if files and (times is None or not times.absolute):
        raise DatasetError(f'{files[0]}: the name is no time in microseconds since 1970')
    return np.zeros(0, np.int64) if times is None else times.stamps_ns
