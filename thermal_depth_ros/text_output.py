# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of text that a command leaves behind: complete or not there, and named where they fail."""

import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole; an earlier one stays where the new one cannot be written.

    Raises:
        OSError: it cannot be written, as on a full disk; the message names the file.
    """
    unfinished = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        try:
            unfinished.write_text(text, 'utf-8')
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f'cannot be written: {reason}', str(path)) from error
