# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of a run, for the losses."""

from typing import TYPE_CHECKING

import torch

from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes

if TYPE_CHECKING:
    from accelerate import Accelerator


def accelerated_processes(accelerator: 'Accelerator') -> Processes:
    """Return the number of processes sharing a batch, and the mean over them (no gradient)."""
    if accelerator.num_processes == 1:
        return ONE_PROCESS

    def mean(value: torch.Tensor) -> torch.Tensor:
        reduced = accelerator.reduce(value.detach().clone(), 'mean')
        assert isinstance(reduced, torch.Tensor)
        return reduced

    return Processes(accelerator.num_processes, mean)
