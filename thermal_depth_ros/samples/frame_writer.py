# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes rows of arrays that other processes read and write concurrently."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from thermal_depth_ros.samples.array_file import HEADER_BYTES
from thermal_depth_ros.samples.errors import SamplesError

DONE = 'done'  # name of the array of marks
_COMMIT_EVERY = 16  # rows lost at most when a process is killed


class FrameWriter:
    """A context for writing rows, which marks them as finished on exit, even after an exception.

    Args:
        folder: Folder of the arrays.
        where: Description of the data, for error messages.
        maps: All arrays, including DONE.
    """

    def __init__(self, folder: Path, where: str, maps: Mapping[str, np.ndarray]) -> None:
        self._folder, self._where, self._maps = folder, where, maps
        self._files: dict[str, int] = {}
        self._unmarked: list[int] = []

    def __enter__(self) -> 'FrameWriter':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.commit()
        finally:
            for file in self._files.values():
                os.close(file)
            self._files = {}

    def write(self, row: int, values: Mapping[str, np.ndarray]) -> None:
        """Write one row of every array.

        Raises:
            SamplesError: An array has the wrong shape or type, or the disk is full.
            IndexError: There is no such row.
        """
        count = len(self._maps[DONE])
        if not 0 <= row < count:
            raise IndexError(f'{self._where}: no image {row} of {count}')
        for name, array in values.items():
            shape, dtype = self._maps[name].shape[1:], self._maps[name].dtype
            if array.shape != shape or array.dtype != dtype:
                raise SamplesError(
                    f'{self._where}: {name} of image {row} has shape {array.shape} and type '
                    f'{array.dtype}, not {shape} and {dtype}'
                )
        for name, array in values.items():
            self._put(name, row, np.ascontiguousarray(array))
        self._unmarked.append(row)
        if len(self._unmarked) >= _COMMIT_EVERY:
            self.commit()

    def commit(self) -> None:
        """Flush written rows to disk, then mark them."""
        if not self._unmarked:
            return
        rows, self._unmarked = self._unmarked, []
        for file in self._files.values():
            os.fsync(file)
        for row in rows:
            self._put(DONE, row, np.ones((), np.uint8))
        os.fsync(self._files[DONE])

    def _put(self, name: str, row: int, array: np.ndarray) -> None:
        """Write through the file: on a full disk this raises, while a memory map would crash."""
        if name not in self._files:
            self._files[name] = os.open(self._folder / f'{name}.npy', os.O_WRONLY)
        data, place = memoryview(array.tobytes()), HEADER_BYTES + row * array.nbytes
        try:
            while data:
                count = os.pwrite(self._files[name], data, place)
                data, place = data[count:], place + count
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = 'the disk is full' if full else str(error)
            raise SamplesError(f'{self._folder}: cannot be written: {reason}') from error
