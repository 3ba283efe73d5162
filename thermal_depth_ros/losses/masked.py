# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Means over masked pixels of a batch, which several processes may share."""

import dataclasses
from collections.abc import Callable

import torch


@dataclasses.dataclass(frozen=True)
class Processes:
    """Processes that share a batch.

    Gradients are averaged over processes. A masked mean must therefore divide by the mean count
    over all shares, not by the local count, to give the mean over the whole batch.
    """

    count: int = 1
    mean: Callable[[torch.Tensor], torch.Tensor] = lambda value: value  # over processes


ONE_PROCESS = Processes()


def masked_mean(
    values: torch.Tensor,
    mask: torch.Tensor,
    min_elements: int,
    processes: Processes = ONE_PROCESS,
    groups: int = 1,
) -> torch.Tensor:
    """Mean of the values (B, C, H, W) where the mask (B, 1, H, W) holds.

    Zero, with zero gradient, where the mask holds at most `min_elements` elements over batch,
    channels and processes. With several processes the mean of their results is the mean over the
    whole batch.

    Where the batch consists of several groups, one after the other, each has a mean of its own and
    they are summed.
    """
    weight = mask.expand_as(values).to(values.dtype)
    count = processes.mean(_sums(weight, groups).detach())
    enough = (count * processes.count > max(min_elements, 0)).to(values.dtype)
    least = 1.0 / processes.count
    return (enough * _sums(values * weight, groups) / count.clamp(min=least)).sum()


def _sums(values: torch.Tensor, groups: int) -> torch.Tensor:
    return values.reshape(groups, -1).sum(-1)
