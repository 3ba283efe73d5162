# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Output folder of a run: its files, and a lock."""

import contextlib
import datetime
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.base.unexpected import needs_stack, stack_of
from thermal_depth_ros.base.yaml_text import dump_yaml
from thermal_depth_ros.training.engine.checkpoints import Checkpointer
from thermal_depth_ros.training.engine.errors import TrainingError
from thermal_depth_ros.training.engine.launch import rank

_MAX_ERRORS_BYTES = 1 << 20  # then the file is restarted
_FIRST, _LAST = 'first', 'last'  # folders of pictures
_PICTURE = re.compile(r'(\d+)-\d+-(.+)\.png')  # step, number, name


class RunFolder:
    """Paths inside the output folder of a run."""

    def __init__(self, folder: str | Path, keep_checkpoints: int) -> None:
        self.folder = Path(folder)
        self.checkpoints = Checkpointer(self.folder / 'checkpoints', keep_checkpoints)
        self.history = self.folder / 'history.jsonl'
        self.config = self.folder / 'config.yaml'
        self.board = self.folder / 'board'
        self.pictures = self.folder / 'pictures'
        self.bad_batch = self.folder / 'offending_batch'
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
        text = f'{when}, process {rank()}\n{stack}\n\n'
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
            OSError: It cannot be written.
        """
        write_text(self.config, dump_yaml({**values, 'restart': False}))

    def keep_pictures(
        self, step: int, pictures: Mapping[str, np.ndarray], note: Callable[[str], None]
    ) -> None:
        """Write pictures as the last ones, and as the first ones if there are none yet.

        Args:
            step: Training step of the pictures.
            pictures: (H, W, 3) uint8 RGB by name.
            note: Called with a message if they cannot be written.
        """
        if not pictures:
            return
        try:
            for part in (_FIRST, _LAST):
                folder = self.pictures / part
                if part == _FIRST and list_files(folder, ('.png',)):
                    continue
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                for index, (name, picture) in enumerate(pictures.items()):
                    file = f'{step}-{index:02}-{re.sub("[^A-Za-z0-9_.-]+", "_", name)}.png'
                    _, data = cv2.imencode('.png', cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
                    (folder / file).write_bytes(data.tobytes())
        except OSError as error:
            note(f'pictures cannot be written: {error}')

    def kept_pictures(self) -> dict[int, dict[str, np.ndarray]]:
        """Return the first and the last pictures, (H, W, 3) uint8 RGB, by step and name."""
        by_step: dict[int, dict[str, np.ndarray]] = {}
        for part in (_FIRST, _LAST):
            for path in list_files(self.pictures / part, ('.png',)):
                match = _PICTURE.fullmatch(path.name)
                picture = cv2.imread(str(path))
                if match is not None and picture is not None:
                    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
                    by_step.setdefault(int(match[1]), {})[match[2]] = rgb
        return by_step

    def start_after(self, source: 'RunFolder', settings: Mapping[str, Any]) -> bool:
        """Start this run from the final checkpoint of another that consists of its first stages.

        The checkpoint is the complete state of a run, and the random generators of a stage depend
        only on the seed and its index: the result is bit for bit as if this run had trained those
        stages. If this run has checkpoints, nothing is done, and it resumes from them.

        Args:
            source: Output folder of the finished run. Its settings equal those of this run, except
                for those that its stages do not depend on.
            settings: Settings of this run, by name.

        Returns:
            Whether this run now starts after the common stages. It does not if a limit of time or
            steps ended the other run within them.

        Raises:
            TrainingError: This folder cannot be written.
        """
        with self.locked():
            if self.checkpoints.paths():
                return True
            saved = source.checkpoints.latest(lambda note: None)
            if saved is None or saved['stage'] <= saved['entered']:
                return False
            try:
                shutil.copyfile(source.history, self.history)
                for there, here in ((source.board, self.board), (source.pictures, self.pictures)):
                    if there.is_dir():
                        shutil.copytree(there, here, dirs_exist_ok=True)
            except OSError as error:
                raise TrainingError(f'{self.folder}: {error.strerror or error}') from error
            # Last, so that a run killed before this does not resume from an incomplete state.
            self.checkpoints.save(saved['step'], {**saved, 'settings': dict(settings)})
        return True
