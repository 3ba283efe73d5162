# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""ELU for training on a CPU, where that of PyTorch takes as long as a convolution.

It evaluates exp(x) - 1 by an expm1 that is exact for the smallest x, and takes several times as
long as exp with AVX-512. Next to 1, an error of one digit of exp is no more than that of the
convolutions before it.
"""

from typing import Any

import torch
import torch.nn.functional as F

_SHORT = (torch.float32, torch.bfloat16)


def elu(x: torch.Tensor) -> torch.Tensor:
    """Return x where it is positive, exp(x) - 1 elsewhere (alpha = 1), of the type of x.

    Differs from `torch.nn.functional.elu` by at most 1.2e-7 before rounding to that type, and only
    where gradients are computed on a CPU: elsewhere, exporters and compilers know their own.
    """
    learned = x.requires_grad and torch.is_grad_enabled() and not torch.compiler.is_compiling()
    if not learned or x.device.type != 'cpu' or x.dtype not in _SHORT:
        return F.elu(x)
    result: torch.Tensor = _FastElu.apply(x)
    return result


class _FastElu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Return max(x, exp(min(x, 0)) - 1); exp(x) - 1 is never below x."""
        below = x.clamp(max=0.0).float()
        below = below.exp_().sub_(1.0).to(x.dtype)
        result = torch.maximum(x, below, out=below)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Return the gradient times 1, or times exp(x) = result + 1 below 0."""
        (result,) = ctx.saved_tensors
        found: torch.Tensor = torch.ops.aten.elu_backward(gradient, 1.0, 1.0, 1.0, True, result)
        return found
