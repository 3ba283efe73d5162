# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Scalars and pictures for TensorBoard."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


class Board:
    """Writes events; if writing fails, the board is disabled and training continues."""

    def __init__(self, folder: Path, step: int, note: Callable[[str], None]) -> None:
        """Open a file of events.

        Args:
            folder: Folder of the event files.
            step: Step of the checkpoint; later events of an interrupted run are dropped when read.
            note: Called with a message when the board is disabled.
        """
        self._note = note
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder), purge_step=step + 1)
        except (OSError, ImportError) as error:
            self._give_up(error)

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Write scalars by name."""
        self._write(
            lambda writer: [
                writer.add_scalar(f'{group}/{name}', value, step) for name, value in values.items()
            ]
        )

    def pictures(self, pictures: Mapping[str, np.ndarray], step: int) -> None:
        """Write (H, W, 3) uint8 pictures."""
        self._write(
            lambda writer: [
                writer.add_image(name, picture, step, dataformats='HWC')
                for name, picture in pictures.items()
            ]
        )

    def close(self) -> None:
        """Write what is pending and close the file."""
        self._write(lambda writer: writer.close())
        self._writer = None

    def _write(self, work: Callable[[Any], object]) -> None:
        if self._writer is None:
            return
        try:
            work(self._writer)
        except (OSError, RuntimeError) as error:  # its event thread reports late
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._writer = None
        self._note(f'no more events for TensorBoard: {error}')
