# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Attention whose query, key and value are layers of their own, as peft needs them.

timm computes the three with one matrix. A split is a rearrangement of the same numbers: rows
0..n-1 are the query's, n..2n-1 the key's, 2n..3n-1 the value's.
"""

from typing import Any

import torch
from torch import nn

from thermal_depth_ros.networks.timm_vit import BackboneError


class QueryKeyValue(nn.Module):
    """Three linear layers in the place of timm's fused one, with the same output."""

    def __init__(self, fused: nn.Linear) -> None:
        super().__init__()
        weights = fused.weight.detach().chunk(3)
        biases = (None,) * 3 if fused.bias is None else fused.bias.detach().chunk(3)
        self.q, self.k, self.v = (
            _linear(weight, bias) for weight, bias in zip(weights, biases, strict=True)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return queries, keys and values (B, N, 3 n) of tokens (B, N, C)."""
        return torch.cat([self.q(x), self.k(x), self.v(x)], dim=-1)

    def fused(self) -> nn.Linear:
        """Return the one layer that gives the same output; the inverse of the split."""
        parts = (self.q, self.k, self.v)
        bias = None if self.q.bias is None else torch.cat([part.bias for part in parts])
        return _linear(torch.cat([part.weight for part in parts]).detach(), bias)


def split_attention(name: str, block: Any) -> None:
    """Replace the fused layer of a transformer block by three, in place.

    Args:
        name: Name of the backbone, for error messages.
        block: A block of a timm ViT.

    Raises:
        BackboneError: The attention is not timm's plain one, or is split already.
    """
    attention: Any = block.attn
    if not _is_plain(attention):
        raise BackboneError(
            f'backbone {name!r}: the {type(attention).__name__} of its blocks cannot be split into '
            'query, key and value, or is split already'
        )
    attention.qkv = QueryKeyValue(attention.qkv)


def fuse_attention(block: Any) -> None:
    """Undo `split_attention`, in place; blocks that are not split stay as they are."""
    attention: Any = block.attn
    if isinstance(split := attention.qkv, QueryKeyValue):
        attention.qkv = split.fused()


def _is_plain(attention: Any) -> bool:
    """Whether it is timm's attention with one linear layer for query, key and value."""
    from timm.layers.attention import Attention

    return type(attention) is Attention and type(attention.qkv) is nn.Linear


def _linear(weight: torch.Tensor, bias: torch.Tensor | None) -> nn.Linear:
    """Return a layer with copies of a weight and a bias, on their device and of their type."""
    outputs, inputs = weight.shape
    layer = nn.Linear(inputs, outputs, bias is not None, device='meta')
    layer.weight = nn.Parameter(weight.clone())
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach().clone())
    return layer
