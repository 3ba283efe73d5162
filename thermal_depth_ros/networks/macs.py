# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Multiply-accumulate counts: by the convention of DepthSegNet24's Table 4, and the true ones.

The paper's numbers come from a hook-based counter (THOP) that counts a transposed convolution
once per output element instead of once per input element, counts a BatchNorm as four operations
per element, and misses everything that is not a module (attention products). Both counts are
exact whole numbers and need no arithmetic: the networks run on the meta device.
"""

import dataclasses
import math
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

_BATCHNORM_OPERATIONS = 4


@dataclasses.dataclass(frozen=True)
class Count:
    """Size of one network part for one input."""

    parameters: int
    paper_macs: int
    true_macs: int


def count(network: nn.Module, *inputs: Any) -> Count:
    """Count a network for the shapes of its inputs.

    Args:
        network: Any module, preferably on the meta device, where nothing is computed.
        inputs: Inputs of the forward pass, on the same device.

    Returns:
        The counts. A network in training mode counts the same.
    """
    total = 0

    def add(module: nn.Module, args: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal total
        total += paper_macs(module, output)

    hooks = [module.register_forward_hook(add) for module in network.modules()]
    with torch.no_grad(), FlopCounterMode(display=False) as flops:
        network(*inputs)
    for hook in hooks:
        hook.remove()
    parameters = sum(p.numel() for p in network.parameters())
    return Count(parameters, total, flops.get_total_flops() // 2)


def paper_macs(module: nn.Module, output: torch.Tensor) -> int:
    """Return the operations of one layer by the paper's convention; 0 for containers."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        per_output = module.in_channels // module.groups * math.prod(module.kernel_size)
        return output.numel() * per_output
    if isinstance(module, nn.BatchNorm2d):
        return _BATCHNORM_OPERATIONS * output.numel()
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    return 0
