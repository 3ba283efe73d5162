# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Log files of the main process: history, TensorBoard and pictures."""

from collections.abc import Callable, Mapping

import numpy as np

from thermal_depth_ros.training.engine import history
from thermal_depth_ros.training.engine.board import Board
from thermal_depth_ros.training.engine.history import History
from thermal_depth_ros.training.engine.output import OutputFolder
from thermal_depth_ros.training.engine.pictures import keep_pictures


class Records:
    """Writes history, TensorBoard events and pictures of one session of a run."""

    def __init__(
        self,
        output: OutputFolder,
        step: int,
        position: int,
        with_board: bool,
        note: Callable[[str], None],
    ) -> None:
        """Resume after a checkpoint; later records are dropped.

        Args:
            output: Output folder of the run.
            step: Step of the checkpoint the run resumes from, 0 for none.
            position: Length of the history at that step, bytes.
            with_board: Whether to write for TensorBoard.
            note: Called with a message about optional output that cannot be written.

        Raises:
            TrainingError: The history cannot be written.
        """
        self._pictures, self._note = output.pictures, note
        self._history = History(output.history, position)
        self._board = Board(output.board, step, note) if with_board else None

    def losses(self, step: int, epoch: int, stage: str, losses: Mapping[str, float]) -> None:
        """Record mean losses; raises TrainingError if they cannot be written."""
        self._history.add(step, epoch, stage, history.LOSSES, losses)
        if self._board is not None:
            self._board.scalars('loss', losses, step)

    def validation(self, step: int, epoch: int, stage: str, metrics: Mapping[str, float]) -> None:
        """Record metrics; raises TrainingError if they cannot be written."""
        self._history.add(step, epoch, stage, history.VALIDATION, metrics)
        if self._board is not None:
            self._board.scalars('validation', metrics, step)

    def speed(self, step: int, samples_per_s: float) -> None:
        """Write the speed to TensorBoard; it is not part of the history."""
        if self._board is not None:
            self._board.scalars('speed', {'samples_per_s': samples_per_s}, step)

    def pictures(self, step: int, pictures: Mapping[str, np.ndarray]) -> None:
        """Write pictures to TensorBoard and keep them for the report."""
        if self._board is not None:
            self._board.pictures(pictures, step)
        keep_pictures(self._pictures, step, pictures, self._note)

    def position(self) -> int:
        """Flush the history to disk and return its length."""
        return self._history.position()

    def close(self) -> None:
        """Close everything."""
        self._history.close()
        if self._board is not None:
            self._board.close()
