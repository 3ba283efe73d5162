# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks that an open pipeline runs: pipelines of one bundle share them."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.inference.engine import shared_bundle
from thermal_depth_ros.inference.pipeline import CameraPipeline


def running_networks(pipeline: CameraPipeline) -> dict[str, nn.Module]:
    """Return the networks of an open pipeline by name."""
    about = pipeline.description
    return dict(shared_bundle(about.bundle, torch.device(about.device), about.kind).networks)


def moving(
    pipeline: CameraPipeline, forward: float
) -> tuple[nn.Module, Callable[[Any], torch.Tensor]]:
    """Return the thermal pose network, and an answer: moved so far along the optical axis."""
    fixed = torch.tensor([[0.0, 0.0, -forward, 0.0, 0.0, 0.0]])
    return running_networks(pipeline)['pose'], lambda _out: fixed
