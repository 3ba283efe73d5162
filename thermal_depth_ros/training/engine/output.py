# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Output folder of a run: layout and locking."""

import contextlib
import datetime
import fcntl
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.unexpected import needs_stack, stack_of
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.training.engine.checkpoint import CheckpointFolder, write_atomically
from thermal_depth_ros.training.engine.errors import TrainingError

_MAX_ERRORS_BYTES = 1 << 20  # then the file is restarted


class OutputFolder:
    """Paths inside the output folder of a run."""

    def __init__(self, folder: str | Path, keep_checkpoints: int) -> None:
        self.folder = Path(folder)
        self.checkpoints = CheckpointFolder(self.folder / 'checkpoints', keep_checkpoints)
        self.history = self.folder / 'history.jsonl'
        self.config = self.folder / 'config.yaml'
        self.board = self.folder / 'board'
        self.pictures = self.folder / 'pictures'
        self.offence = self.folder / 'offending_batch'
        self.bundle = self.folder / 'bundle'
        self.report = self.folder / 'report.html'
        self.errors = self.folder / 'errors.txt'

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for this process; the lock ends with the process.

        Raises:
            TrainingError: The folder cannot be made, or another process is training there.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / '.lock', os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise TrainingError(f'output {self.folder}: {error.strerror or error}') from error
        try:
            try:
                # Unlike flock, this lock is not inherited by the data loader workers.
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise TrainingError(
                    f'output {self.folder}: another process is training there'
                ) from error
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def keeping_errors(self) -> Iterator[None]:
        """Append the stack of an error to `errors.txt`, unless its message is sufficient."""
        try:
            yield
        except Exception as error:
            if needs_stack(error):
                self._keep(stack_of(error))
            raise

    def _keep(self, stack: str) -> None:
        when = datetime.datetime.now().astimezone().isoformat(timespec='seconds')
        process = os.environ.get('RANK', '0')
        text = f'{when}, process {process}\n{stack}\n\n'
        # The error that ends the run is already propagating; a full disk must not mask it.
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.errors.exists() and self.errors.stat().st_size > _MAX_ERRORS_BYTES:
                self.errors.unlink()
            with self.errors.open('a', encoding='utf-8', errors='backslashreplace') as file:
                file.write(text)

    def clear(self) -> None:
        """Remove the files of an earlier run that a new one would resume from."""
        self.checkpoints.clear()
        self.history.unlink(missing_ok=True)
        for folder, pattern in ((self.board, 'events.out.tfevents.*'), (self.pictures, '*/*.png')):
            for path in folder.glob(pattern):
                path.unlink()

    def write_config(self, values: Mapping[str, Any]) -> None:
        """Write the settings of the run, to resume it with `thermal-depth train --config`.

        Raises:
            TrainingError: It cannot be written.
        """
        text = dump_yaml({**values, 'restart': False})
        try:
            write_atomically(self.config, text.encode())
        except OSError as error:
            raise TrainingError(f'{self.config}: {error.strerror or error}') from error
