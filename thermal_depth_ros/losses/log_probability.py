# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Log-probabilities of some classes of each pixel, with a gradient in one pass less."""

from typing import Any

import torch
import torch.nn.functional as F


def log_probability(logits: torch.Tensor, class_ids: torch.Tensor) -> torch.Tensor:
    """Return log softmax(logits) (..., k) of classes (..., k), from logits (..., C).

    The gradient of log p_k by logit c is [c = k] - p_c. PyTorch would make a map of zeros, add the
    gradient of the chosen classes to it, and read it again for that of the softmax.
    """
    chosen: torch.Tensor = _LogProbability.apply(logits, class_ids)
    return chosen


class _LogProbability(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, class_ids: torch.Tensor) -> torch.Tensor:
        """Return the values of the classes."""
        log_p = F.log_softmax(logits, -1)
        ctx.save_for_backward(log_p, class_ids)
        return log_p.gather(-1, class_ids)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return sum_k g_k ([c = k] - p_c)."""
        log_p, class_ids = ctx.saved_tensors
        found = log_p.exp().mul_(gradient.sum(-1, keepdim=True).neg_())
        return found.scatter_add_(-1, class_ids, gradient), None
