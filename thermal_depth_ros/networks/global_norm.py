# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Batch normalisation over the whole batch of a training that is spread over processes.

With it, N processes with a share of each batch compute what one process computes with all of it.
torch's `SyncBatchNorm` does the same on CUDA only.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import nn

from thermal_depth_ros.networks.precision import at_least_single


class GlobalBatchNorm(nn.BatchNorm2d):
    """`nn.BatchNorm2d` whose training statistics are those of all processes of the default group.

    Names of parameters and buffers are the same. In evaluation and with one process it is
    `nn.BatchNorm2d` bit for bit. The shares of the processes may differ in size; gradients reach
    every process through the statistics. All processes must run it equally often.
    """

    def __init__(self, num_features: int, **options: Any) -> None:
        super().__init__(num_features, **options)
        # What timm's variant does after normalising.
        self.drop: nn.Module = nn.Identity()
        self.act: nn.Module = nn.Identity()

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return a normalised map of the same shape and type as this process's share (B, C, H, W).

        Raises:
            ValueError: The input is not (B, C, H, W).
        """
        if self.training and _processes() > 1:
            self._check_input_dim(input)
            normalised = self._normalise(input)
        else:
            normalised = super().forward(input)
        output: torch.Tensor = self.act(self.drop(normalised))
        return output

    def _normalise(self, x: torch.Tensor) -> torch.Tensor:
        mean, variance, count = _statistics(x)
        self._remember(mean.detach(), variance.detach() * (count / (count - 1)))
        scale = torch.rsqrt(variance + self.eps)
        if self.affine:
            scale = scale * self.weight
        out = (x - mean[:, None, None]) * scale[:, None, None]
        if self.affine:
            out = out + self.bias[:, None, None]
        return out.to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Update the running statistics, with the unbiased variance as torch does."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None, 'kept together with the running statistics'
        self.num_batches_tracked.add_(1)
        weight = self.momentum
        if weight is None:
            weight = 1.0 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), weight)
        self.running_var.lerp_(variance.to(self.running_var.dtype), weight)


def convert(module: nn.Module) -> nn.Module:
    """Replace every `nn.BatchNorm2d` in a module, in place, by one over all processes.

    Parameters and buffers are the same objects afterwards, so optimisers stay valid. timm's
    normalisation with an activation is understood as well.

    Returns:
        The module, or its replacement if it is a normalisation itself.
    """
    if isinstance(module, nn.BatchNorm2d):
        return module if isinstance(module, GlobalBatchNorm) else _converted(module)
    for name, child in module.named_children():
        setattr(module, name, convert(child))
    return module


def _converted(norm: nn.BatchNorm2d) -> GlobalBatchNorm:
    global_norm = GlobalBatchNorm(
        norm.num_features,
        eps=norm.eps,
        momentum=norm.momentum,
        affine=norm.affine,
        track_running_stats=norm.track_running_stats,
        device='meta',
    )
    global_norm._parameters.update(norm._parameters)
    global_norm._buffers.update(norm._buffers)
    global_norm.drop = getattr(norm, 'drop', global_norm.drop)
    global_norm.act = getattr(norm, 'act', global_norm.act)
    return global_norm.train(norm.training)


def _processes() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def _statistics(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return mean (C,), biased variance (C,) and the number of values over all processes.

    Local means and variances are joined in double precision, so that one exchange is enough and
    large means cost no digits of the variance.
    """
    from torch.distributed.nn.functional import all_reduce

    values = at_least_single(x)
    variance, mean = (s.double() for s in torch.var_mean(values, dim=(0, 2, 3), correction=0))
    count = x.numel() // x.shape[1]
    sums = torch.stack([count * mean, count * (variance + mean.square())]).flatten()
    packet = torch.cat([sums, sums.new_tensor([count])])
    first, second, total = all_reduce(packet).split([x.shape[1], x.shape[1], 1])
    mean = first / total
    variance = second / total - mean.square()
    return mean.to(values.dtype), variance.clamp_min(0).to(values.dtype), total.detach()
