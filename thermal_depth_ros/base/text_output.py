# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes output files atomically, with errors that name the file."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add the file name to write errors, which lack it on a full disk.

    Raises:
        OSError: What is written meanwhile cannot be written; the message names the file.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f'cannot be written: {reason}', str(path)) from error


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole; an earlier one stays where the new one cannot be written.

    Raises:
        OSError: It cannot be written, as on a full disk; the message names the file.
    """
    write_bytes(path, text.encode('utf-8'))


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a file as a whole, as `write_text` does, even if the power fails.

    Raises:
        OSError: It cannot be written, as on a full disk; the message names the file.
    """
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of an earlier one once all of it is written.

    Raises:
        OSError: It cannot be written, as on a full disk; the message names the file.
    """
    unfinished = path.with_name(f'.{path.name}.{os.getpid()}')
    with naming(path):
        try:
            with unfinished.open('wb') as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # of the new name
        finally:
            os.close(folder)
