# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Low-rank updates of query and value in every block (Fan et al. 2024, Sec. III-B), by peft.

W' = W + (alpha / rank) B A with A (rank, C) and B (n, rank). B starts at zero, so that an update
changes nothing at first; key and biases are never updated.
"""

from typing import Any

from torch import nn

_TARGETS = r'blocks\.\d+\.attn\.qkv\.(q|v)'


def add_lora(vit: nn.Module, rank: int, alpha: float) -> None:
    """Put low-rank updates on query and value of all split blocks of a ViT, in place.

    A is drawn from torch's global generator.

    Args:
        vit: A timm ViT whose attention is split (see `split_attention`).
        rank: Rank of the updates.
        alpha: They are scaled by alpha / rank.
    """
    from peft import LoraConfig, inject_adapter_in_model

    # peft says int, for its files; it only divides by the rank.
    scaling: Any = alpha
    config = LoraConfig(r=rank, lora_alpha=scaling, lora_dropout=0.0, target_modules=_TARGETS)
    inject_adapter_in_model(config, vit)


def has_lora(network: nn.Module) -> bool:
    """Whether a network carries low-rank updates."""
    return any('lora_A' in name for name, _ in network.named_parameters())


def merge_lora(network: nn.Module) -> None:
    """Fold every low-rank update into its layer and take peft's wrapper off, in place."""
    if not has_lora(network):
        return
    from peft.tuners.lora import LoraLayer

    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, LoraLayer):
                child.merge()
                setattr(module, name, child.get_base_layer())
