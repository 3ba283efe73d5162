# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of a run: a file of JSON lines, one per record of losses or validation.

It holds nothing that depends on time, so that an interrupted run ends with the same bytes as one
that was not.
"""

import json
import os
from collections.abc import Iterator, Mapping
from io import RawIOBase
from pathlib import Path
from typing import Any

from thermal_depth_ros.training.engine.errors import TrainingError

LOSSES = 'losses'
VALIDATION = 'validation'
# Names of losses in the logs and checkpoints of earlier versions.
_FORMER_LOSSES = {'judge_day': 'discriminator_day', 'judge_night': 'discriminator_night'}


class History:
    """Writes a history from the position stored in a checkpoint."""

    def __init__(self, path: Path, position: int) -> None:
        """Open the file and truncate it at the position.

        Args:
            path: Path of the file.
            position: Length in bytes that belongs to the run so far; 0 starts a new history.

        Raises:
            TrainingError: The file cannot be written, or is shorter than that.
        """
        self.path = path
        try:
            # Unbuffered: what a full disk refused must not come back when the file is closed.
            self._file: RawIOBase = path.open('r+b' if position else 'wb', buffering=0)
            length = self._file.seek(0, os.SEEK_END)
            if length >= position:
                self._file.truncate(position)
                self._file.seek(position)
        except OSError as error:
            raise TrainingError(f'history {path}: {error.strerror or error}') from error
        if length < position:
            raise TrainingError(
                f'history {path} has {length} bytes, {position} belong to the checkpoint; '
                '--restart starts from scratch'
            )

    def add(
        self, step: int, epoch: int, stage: str, kind: str, values: Mapping[str, float]
    ) -> None:
        """Append a record.

        Args:
            step: Number of completed steps.
            epoch: Index of the epoch, counted over all stages.
            stage: Name of the stage.
            kind: LOSSES or VALIDATION.
            values: Values by name.

        Raises:
            TrainingError: It cannot be written.
        """
        record = {'step': step, 'epoch': epoch, 'stage': stage, kind: dict(values)}
        try:
            line = memoryview(json.dumps(record).encode() + b'\n')
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise TrainingError(f'history {self.path}: {error.strerror or error}') from error

    def position(self) -> int:
        """Flush to disk and return the length in bytes.

        Raises:
            TrainingError: It cannot be written.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise TrainingError(f'history {self.path}: {error.strerror or error}') from error
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def with_current_losses(values: Mapping[str, float]) -> dict[str, float]:
    """Return losses with the names of earlier versions replaced by the current ones."""
    return {_FORMER_LOSSES.get(name, name): value for name, value in values.items()}


def read_history(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a history; an incomplete last line is skipped.

    Losses have their current names, even in a history that an earlier version began.
    """
    if not path.is_file():
        return
    with path.open(encoding='utf-8') as lines:
        for line in lines:
            if line.endswith('\n'):
                record = json.loads(line)
                if LOSSES in record:
                    record[LOSSES] = with_current_losses(record[LOSSES])
                yield record
