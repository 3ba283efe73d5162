# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Digits that are kept where networks compute in 16 bits."""

import torch
from torch import nn


def at_least_single(x: torch.Tensor) -> torch.Tensor:
    """Return 16-bit floating point as float32; float32 and float64 as they are."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def in_full_precision(layer: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """Apply a last layer in the type of its weights to what autocast has made shorter.

    In bfloat16 neighbouring values of a network's last map are up to 0.8 % apart, which is more
    than a comparison of views with sub-pixel accuracy can bear.
    """
    result: torch.Tensor
    if x.dtype != layer.weight.dtype:
        with torch.autocast(x.device.type, enabled=False):
            result = layer(x.to(layer.weight.dtype))
    else:
        result = layer(x)
    return result
