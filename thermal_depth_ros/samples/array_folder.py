# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Folders of .npy arrays with one row per image, memory-mapped and written row by row."""

import json
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.samples.entry_use import hold
from thermal_depth_ros.samples.errors import SamplesError

ABOUT = 'about.json'
HEADER_BYTES = 128
_MAGIC = b'\x93NUMPY\x01\x00'


class ArrayFolder:
    """The arrays `NAME.npy` of a folder and their description; pickled as the path of the folder.

    The folder, an entry of the cache, is in use as long as the object exists.

    Attributes:
        folder: Path of the folder.
        about: Content of `about.json`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.about: Any = json.loads((folder / ABOUT).read_text())
        self._arrays: dict[str, np.ndarray] = {}
        self._hold()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_arrays': {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._hold()

    def _hold(self) -> None:
        weakref.finalize(self, hold(self.folder)).atexit = False  # the system ends all uses then

    def array(self, name: str) -> np.ndarray:
        """Return an array, memory-mapped.

        Raises:
            SamplesError: It is missing or damaged.
        """
        if name not in self._arrays:
            path = self.folder / f'{name}.npy'
            try:
                self._arrays[name] = np.load(path, mmap_mode='r')
            except (OSError, ValueError) as error:
                raise SamplesError(f'{path}: damaged: {error}') from error
        return self._arrays[name]


class ArrayFile:
    """A .npy file being written: rows of one shape and type, in any order; missing rows are zero.

    At most one row is in memory.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.rows = 0
        self._row_bytes = int(np.prod(shape)) * self.dtype.itemsize
        self._stream = path.open('wb')

    def write(self, row: int, values: np.ndarray) -> None:
        """Write one row."""
        assert values.shape == self.shape and values.dtype == self.dtype
        self._stream.seek(HEADER_BYTES + row * self._row_bytes)
        self._stream.write(np.ascontiguousarray(values).data)
        self.rows = max(self.rows, row + 1)

    def finish(self, rows: int | None = None) -> None:
        """Write the header for this number of rows, or for those written, and close the file."""
        self.rows = self.rows if rows is None else rows
        self._stream.truncate(HEADER_BYTES + self.rows * self._row_bytes)
        self._stream.seek(0)
        self._stream.write(self._header())
        self._stream.close()

    def abandon(self) -> None:
        """Close the file as it is, ignoring write errors."""
        try:
            self._stream.close()
        except OSError:
            return

    def _header(self) -> bytes:
        about = {
            'descr': np.lib.format.dtype_to_descr(self.dtype),
            'fortran_order': False,
            'shape': (self.rows, *self.shape),
        }
        room = HEADER_BYTES - len(_MAGIC) - 2
        text = f'{str(about):<{room - 1}}\n'.encode()
        assert len(text) == room
        return _MAGIC + room.to_bytes(2, 'little') + text
