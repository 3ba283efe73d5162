# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A file that holds what was written to it, also after the disk was full."""

import errno
import os
from pathlib import Path


class WholeFile:
    """Appends to a file without a buffer, so that nothing is left over when a write fails."""

    def __init__(self, path: Path) -> None:
        self._file = path.open('r+b', buffering=0)
        self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write all of it.

        Raises:
            OSError: the disk is full, or the file cannot be written for another reason.
        """
        left = memoryview(data).cast('B')
        size = len(left)
        while len(left):
            written = self._file.write(left)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            left = left[written:]
        return size

    def tell(self) -> int:
        """Return the number of bytes in front of the next write."""
        return self._file.tell()

    def cut(self, size: int) -> None:
        """Drop everything after the first bytes."""
        self._file.truncate(size)
        self._file.seek(size)

    def close(self) -> None:
        """Release the file."""
        self._file.close()
