# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a .npy file row by row, with at most one row in memory."""

from pathlib import Path

import numpy as np

HEADER_BYTES = 128
_MAGIC = b'\x93NUMPY\x01\x00'


class ArrayFile:
    """Rows of one shape and type, in any order; missing rows are zero."""

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

    def append(self, values: np.ndarray) -> None:
        """Write the next row."""
        self.write(self.rows, values)

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
