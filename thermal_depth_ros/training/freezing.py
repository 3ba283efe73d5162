# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which weights learn, and which normalisations follow the batch."""

from torch import nn


def set_trainable(module: nn.Module, trainable: bool) -> None:
    """Let all weights of a module learn, or none."""
    for parameter in module.parameters():
        parameter.requires_grad_(trainable)


def freeze_norms(module: nn.Module) -> None:
    """Let batch normalisations of frozen weights use, and keep, their running statistics.

    In training mode they would drift away from the weights around them, which do not move.
    """
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            parameters = list(part.parameters())
            if parameters and not any(p.requires_grad for p in parameters):
                part.eval()
