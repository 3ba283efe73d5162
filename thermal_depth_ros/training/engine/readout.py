# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses on their way from the device to the host, without making the device wait.

The losses of a step are copied while the next step is being computed, and read after that one was
queued. With several processes they are averaged, so that all of them see the same numbers and
take the same decisions; the wishes to stop travel along.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclasses.dataclass(frozen=True)
class Reading:
    """Result of a step over all processes."""

    step: int
    losses: dict[str, float]
    stop: bool  # stop requested
    time_is_up: bool


class Readout:
    """Holds the losses of the last step until they are read."""

    def __init__(self, accelerator: 'Accelerator') -> None:
        self._accelerator = accelerator
        self._held: tuple[int, list[str], Tensor, torch.cuda.Event | None] | None = None

    def put(self, step: int, losses: Mapping[str, Tensor], stop: bool, time_is_up: bool) -> None:
        """Send the losses of a step on their way; those before must have been taken."""
        names = list(losses)
        values = [losses[name].detach().double().reshape(()) for name in names]
        # Filled in where the losses are: a copy from the host could wait for the step.
        flags = [values[0].new_full((), float(flag)) for flag in (stop, time_is_up)]
        sent = torch.stack([*values, *flags])
        device = self._accelerator.device
        if self._accelerator.num_processes > 1:
            sent = self._accelerator.reduce(sent, 'mean')
        event = None
        if device.type == 'cuda':
            host = torch.empty(sent.shape, dtype=sent.dtype, pin_memory=True)
            host.copy_(sent, non_blocking=True)
            event = torch.cuda.Event()
            event.record()
            sent = host
        self._held = step, names, sent, event

    def take(self) -> Reading | None:
        """Return what was put last, once; None where there is nothing."""
        if self._held is None:
            return None
        step, names, values, event = self._held
        self._held = None
        if event is not None:
            event.synchronize()
        *found, stop, time_is_up = values.tolist()
        return Reading(step, dict(zip(names, found, strict=True)), stop > 0, time_is_up > 0)
