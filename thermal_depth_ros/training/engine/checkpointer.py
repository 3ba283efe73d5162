# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of a distributed run: the main process reads and writes, all resume from them."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from thermal_depth_ros.training.engine.order import Order
from thermal_depth_ros.training.engine.output import OutputFolder
from thermal_depth_ros.training.engine.recorded_data import recorded_contents
from thermal_depth_ros.training.engine.resume import check_same_run, flat_settings

if TYPE_CHECKING:
    from accelerate import Accelerator


class Checkpointer:
    """Stores the state of a run, together with its settings and a description of its data."""

    def __init__(
        self,
        output: OutputFolder,
        order: Order,
        configs: Sequence[Any],
        accelerator: 'Accelerator',
    ) -> None:
        self._checkpoints = output.checkpoints
        self._samples, self._configs = order.sample_count, configs
        self._accelerator = accelerator
        self._contents: dict[str, str] | None = None  # of the recordings, by path

    def read(self, note: Callable[[str], None]) -> dict[str, Any] | None:
        """Return the last checkpoint of this run, in all processes; None if there is none.

        Args:
            note: Called with a message about damaged ones.

        Raises:
            SettingsError: It belongs to other settings or other data.
            TrainingError: There are some, but none is intact.
        """
        found: list[Any] = [None]
        if self._accelerator.is_main_process:
            self._checkpoints.sweep()
            found[0] = self._checkpoints.latest(note)
            if found[0] is not None:
                saved = found[0]
                known = saved.get('recordings', {})  # an older one does not know them
                check_same_run(
                    saved['settings'], self._configs, saved['samples'], self._samples, known
                )
        if self._accelerator.num_processes > 1:
            from accelerate.utils import broadcast_object_list

            broadcast_object_list(found)
        checkpoint: dict[str, Any] | None = found[0]
        return checkpoint

    def write(self, step: int, content: Mapping[str, Any]) -> None:
        """Write a checkpoint; called in the main process.

        Raises:
            TrainingError: It cannot be written.
        """
        if self._contents is None:
            self._contents = recorded_contents(self._configs)
        belongs = {
            'settings': flat_settings(self._configs),
            'samples': self._samples,
            'recordings': self._contents,
        }
        self._checkpoints.save(step, {**content, **belongs})
