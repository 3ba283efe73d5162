# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trainable weights of each training stage (Fan et al. 2024, Sec. III-A and B)."""

from collections.abc import Iterator
from typing import Literal, get_args

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.hybrid import HybridBackbone

Policy = Literal['head', 'transformer', 'adapters', 'full']


def set_trainable(depth_net: DptDepthNet, policy: Policy) -> None:
    """Freeze and thaw the parts of a depth network.

    Parts that affect no output are always frozen: the final norm of the ViT, blocks after the last
    tap, DINOv2's mask token. The pose network is not concerned; it is trained in every stage.

    Args:
        depth_net: Changed in place.
        policy: 'head' (stage one: the head), 'transformer' (stage one after a pre-trained stem:
            everything but the stem), 'adapters' (stage two: head, low-rank updates and
            convolutional adapters) or 'full' (everything).

    Raises:
        ValueError: Unknown policy, or 'transformer' without a stem.
    """
    if policy not in get_args(Policy):
        raise ValueError(f'policy {policy!r} is not one of {", ".join(get_args(Policy))}')
    backbone = depth_net.backbone
    depth_net.requires_grad_(policy in ('full', 'transformer'))
    depth_net.head.requires_grad_(True)
    if policy == 'transformer':
        if not isinstance(backbone, HybridBackbone):
            raise ValueError(f'policy {policy!r} needs a hybrid backbone, with a stem')
        backbone.stem.requires_grad_(False)
    if policy == 'adapters':
        backbone.adapters.requires_grad_(True)
        for name, parameter in backbone.named_parameters():
            if '.lora_' in name:
                parameter.requires_grad_(True)
    for part in backbone.unused():
        part.requires_grad_(False)


def trainable_parameters(*networks: nn.Module) -> list[nn.Parameter]:
    """Return the trainable parameters of these networks, in a fixed order."""
    return list(_trainable(networks))


def _trainable(networks: tuple[nn.Module, ...]) -> Iterator[nn.Parameter]:
    for network in networks:
        yield from (parameter for parameter in network.parameters() if parameter.requires_grad)


def freeze_normalisation(network: nn.Module) -> None:
    """Freeze batch normalisation, so that pre-trained statistics outlast small batches."""
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.requires_grad_(False)


def training_mode(network: nn.Module) -> None:
    """Put a network into training mode, but leave frozen batch normalisation in evaluation.

    Otherwise the running statistics of a frozen backbone would keep changing.
    """
    network.train()
    for module in network.modules():
        if isinstance(module, _BatchNorm) and not trainable_parameters(module):
            module.eval()
