# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The Mask2Former that DepthSegNet24 is compared with; random weights, nothing downloaded."""

from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.mask2former import mask2former_class

CLASSES = 19
QUERIES = 100


def swin_large_config() -> Any:
    """Return the configuration of the published Cityscapes model with a Swin-L backbone."""
    from transformers import Mask2FormerConfig, SwinConfig

    backbone: dict[str, Any] = {
        'image_size': 384,
        'embed_dim': 192,
        'depths': [2, 2, 18, 2],
        'num_heads': [6, 12, 24, 48],
        'window_size': 12,
        'out_features': ['stage1', 'stage2', 'stage3', 'stage4'],
    }
    network: dict[str, Any] = {'num_queries': QUERIES, 'num_labels': CLASSES}
    return Mask2FormerConfig(backbone_config=SwinConfig(**backbone), **network)


def build_mask2former(config: Any) -> torch.nn.Module:
    """Return the network with random weights, ready for inference."""
    made: torch.nn.Module = mask2former_class()(config)
    return made.eval()


def count_mask2former(config: Any, height: int, width: int) -> macs.Count:
    """Count the network for one image; nothing is computed and no memory taken."""
    # On the meta device, where our own networks are counted, this one mixes devices.
    with FakeTensorMode():
        return macs.count(build_mask2former(config), torch.rand(1, 3, height, width))
