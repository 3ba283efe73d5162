# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which weights of a bundle training starts from."""

import torch

from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.start import BACKBONE, HEAD, POSE, start_networks


def _equal(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    values = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in values)


def test_a_backbone_may_get_a_new_head_and_pose_network(tiny_thermal_bundle):
    whole = start_networks(ThermalTrainingConfig(start_bundle=str(tiny_thermal_bundle)), 3)
    part = start_networks(
        ThermalTrainingConfig(start_bundle=str(tiny_thermal_bundle), start_parts='backbone'), 3
    )
    assert _equal(whole.depth.backbone, part.depth.backbone)
    assert not _equal(whole.depth.head, part.depth.head)
    assert not _equal(whole.pose, part.pose)
    assert {HEAD, POSE} <= part.untrained


def test_without_pre_training_only_the_backbone_is_random(tiny_thermal_bundle):
    whole = start_networks(ThermalTrainingConfig(start_bundle=str(tiny_thermal_bundle)), 3)
    bare = start_networks(
        ThermalTrainingConfig(start_bundle=str(tiny_thermal_bundle), variant='no_pretrain'), 3
    )
    assert not _equal(whole.depth.backbone, bare.depth.backbone)
    assert _equal(whole.depth.head, bare.depth.head)
    assert BACKBONE in bare.untrained
