# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stage two of Fan et al. 2024: adding adapters to a depth network and merging them on export."""

import copy

import torch

from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.lora import add_lora, has_lora, merge_lora
from thermal_depth_ros.networks.split_attention import fuse_attention, split_attention


def add_stage_two(
    depth_net: DptDepthNet,
    rank: int = 4,
    alpha: float = 4.0,
    adapter_channels: int = 4,
    seed: int = 0,
) -> None:
    """Add low-rank updates and convolutional adapters to a depth network, in place.

    The outputs of the network do not change, as the last factor of everything added is zero.
    Adapters from an earlier training are kept.

    Args:
        depth_net: Depth network with materialised weights, on any device.
        rank: Rank of the updates of query and value; 0 for none.
        alpha: The updates are scaled by alpha / rank.
        adapter_channels: Inner channels of the convolutional adapters; 0 for none.
        seed: Random seed of the initial weights, independent of the global generator of torch.

    Raises:
        BackboneError: The attention of the backbone cannot be split.
        ValueError: It has low-rank updates already, or adapters of another width.
    """
    backbone = depth_net.backbone
    if has_lora(backbone):
        raise ValueError('the depth network has the low-rank updates of stage two already')
    kept = backbone.adapter_channels
    if kept not in (0, adapter_channels):
        raise ValueError(
            f'adapter_channels {adapter_channels}: the depth network has adapters of {kept}'
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if rank:
            for block in backbone.used_blocks:
                split_attention(backbone.name, block)
            add_lora(backbone.vit, rank, alpha)
        if adapter_channels and not kept:
            backbone.add_adapters(adapter_channels)


def merged_copy(depth_net: DptDepthNet) -> DptDepthNet:
    """Return an equivalent network without low-rank updates, as stored in a bundle.

    Updates are merged into their layers, and query, key and value are one layer again, so that
    inference has no overhead. Convolutional adapters stay; they are in the architecture of
    the bundle as `adapter_channels`.
    """
    merged = copy.deepcopy(depth_net)
    merge_lora(merged)
    for block in merged.backbone.vit.blocks:
        fuse_attention(block)
    return merged
