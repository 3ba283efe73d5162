# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A network of one convolution that is exported and compiled in no time."""

import torch
from torch import nn

from thermal_depth_ros.inference.engines.stages import DEPTH, DISPARITY, IMAGE, Stage

CPU = torch.device('cpu')
SIZE = (12, 16)


class ToyDepth(nn.Module):
    """Disparity between 1 and 2, by one convolution."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, 1, 3, padding=1)
        with torch.no_grad():
            self.layer.weight.copy_(torch.linspace(-0.5, 0.5, 9).view(1, 1, 3, 3))
            self.layer.bias.fill_(0.1)
        self.gain = gain

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.gain * (1 + torch.sigmoid(self.layer(image))),)


def toy_stage(module: nn.Module) -> Stage:
    """Return a depth stage."""
    return Stage(
        DEPTH, module.eval(), {IMAGE: 'grey image (N, 1, H, W), 0 to 1'}, {DISPARITY: 'disparity'}
    )
