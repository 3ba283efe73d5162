# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of a run: written atomically and verified before use.

A file is called step-000001234.1a2b3c4d.pt; the second part is the CRC-32 of its content, so that
damage is detected before anything is loaded from it.
"""

import io
import pickle
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.base.text_output import naming, write_bytes
from thermal_depth_ros.training.engine.errors import TrainingError

FORMAT = 1
_NAME = re.compile(r'step-(\d{9,})\.([0-9a-f]{8})\.pt')
_PLAIN = (bool, int, float, str, type(None), torch.Tensor)


class Checkpointer:
    """Checkpoints of one run; only the newest ones are kept."""

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder, self._keep = folder, keep

    def save(self, step: int, content: Mapping[str, Any]) -> Path:
        """Write a checkpoint, then remove the oldest ones.

        Args:
            step: Number of completed steps.
            content: Nested dicts, lists and tuples of tensors and plain values.

        Raises:
            TrainingError: It cannot be written; the earlier ones are kept.
            TypeError: A value could not be read back.
        """
        check_storable(content)
        buffer = io.BytesIO()
        torch.save({'format': FORMAT, **content}, buffer)
        data = buffer.getbuffer()
        path = self.folder / f'step-{step:09}.{zlib.crc32(data):08x}.pt'
        try:
            with naming(path):
                self.folder.mkdir(parents=True, exist_ok=True)
            write_bytes(path, data)
        except OSError as error:
            left = self.paths()
            kept = f'{left[-1]} is intact' if left else 'there is no earlier one'
            raise TrainingError(f'checkpoint {path} {error.strerror or error}; {kept}') from error
        self._prune(path)
        return path

    def latest(self, note: Callable[[str], None]) -> dict[str, Any] | None:
        """Return the newest intact checkpoint; None if there is none.

        Args:
            note: Called with a message about every damaged one.

        Raises:
            TrainingError: There are checkpoints, but none is intact.
        """
        paths = self.paths()
        for path in reversed(paths):
            try:
                return _read(path)
            except (OSError, RuntimeError, ValueError, EOFError) as error:
                note(f'checkpoint {path} is damaged and not used: {str(error).splitlines()[0]}')
        if paths:
            raise TrainingError(
                f'{self.folder}: none of the {len(paths)} checkpoints can be read; '
                '--restart starts from scratch'
            )
        return None

    def paths(self) -> list[Path]:
        """Return the complete checkpoints, oldest first."""
        paths = [path for path in list_files(self.folder) if _NAME.fullmatch(path.name)]
        return sorted(paths, key=lambda path: (_step(path), path.stat().st_mtime_ns))

    def clear(self) -> None:
        """Remove all checkpoints and the partial files of killed processes."""
        for path in self.paths():
            path.unlink()
        self.sweep()

    def sweep(self) -> None:
        """Remove the partial files of killed processes."""
        for pattern in ('.step-*.pt.*', 'step-*.pt.tmp'):  # the latter of earlier versions
            for path in self.folder.glob(pattern):
                path.unlink()

    def _prune(self, newest: Path) -> None:
        others = [path for path in self.paths() if path != newest]
        older = [path for path in others if _step(path) != _step(newest)]
        for path in others:
            if path not in older[max(0, len(older) - self._keep + 1) :]:
                path.unlink()


def check_storable(value: Any, where: str = 'state') -> None:
    """Check that a value can be read back without unpickling code.

    Raises:
        TypeError: A part of it cannot; the message says which.
    """
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, (str, int)):
                raise TypeError(f'{where}: key {key!r} is neither text nor a number')
            check_storable(item, f'{where}.{key}')
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_storable(item, f'{where}[{index}]')
    elif type(value) not in _PLAIN and not isinstance(value, torch.Tensor):
        raise TypeError(f'{where}: {type(value).__name__} cannot be stored in a checkpoint')


def _step(path: Path) -> int:
    return int(path.name.split('.')[0].removeprefix('step-'))


def _read(path: Path) -> dict[str, Any]:
    match = _NAME.fullmatch(path.name)
    assert match is not None, 'listed by its name'
    data = path.read_bytes()
    if zlib.crc32(data) != int(match[2], 16):
        raise ValueError(f'its {len(data)} bytes do not match its checksum')
    try:
        content = torch.load(io.BytesIO(data), map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError('it holds more than tensors and plain values') from error
    if not isinstance(content, dict) or content.get('format') != FORMAT:
        raise ValueError(f'its format is not {FORMAT}')
    return content
