# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exponential moving average of the weights, smoother than the weights themselves."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

_WARMUP_STEPS = 10.0


class WeightAverage:
    """Exponential moving average of the whole state of a module; disabled with decay 0.

    The decay is lower in the first steps, so that the initial weights fade quickly.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._module, self._decay, self._steps = module, decay, 0
        self._average = self._copy() if decay > 0 else {}

    @torch.no_grad()
    def update(self) -> None:
        """Update the average with the weights after a step."""
        if not self._average:
            return
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + _WARMUP_STEPS))
        own = self._module.state_dict()
        moving = [name for name, value in own.items() if value.is_floating_point()]
        # One fused call: on a GPU, hundreds of small ones would take longer than the step.
        torch._foreach_lerp_(
            [self._average[name] for name in moving], [own[name] for name in moving], 1.0 - decay
        )
        for name in own.keys() - moving:
            self._average[name].copy_(own[name])

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Use the averaged weights in the module within the context."""
        if not self._average:
            yield
            return
        own = self._copy()
        self._module.load_state_dict(self._average)
        try:
            yield
        finally:
            self._module.load_state_dict(own)

    def keep(self) -> None:
        """Replace the weights of the module by the average."""
        if self._average:
            self._module.load_state_dict(self._average)

    def state(self) -> dict[str, Any]:
        """Return the state for `load_state`."""
        return {'steps': self._steps, 'average': dict(self._average)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state."""
        self._steps = int(state['steps'])
        for name, value in state['average'].items():
            self._average[name].copy_(value)

    def _copy(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().clone() for name, value in self._module.state_dict().items()}
