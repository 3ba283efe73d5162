# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The stage in which the pose network alone learns."""

import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError, build
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.thermal.batch import PairBatch, ThermalBatch
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import MotionObjective
from thermal_depth_ros.training.thermal.stages import (
    MOTION,
    enter_stage,
    stages_of,
    trained_parts,
)
from thermal_depth_ros.training.thermal.start import POSE, start_networks

METHOD = ThermalTrainingConfig(
    architecture='tiny', pose_source='odometry', stage1_epochs=1, stage2_epochs=0, motion_epochs=2
)


def test_it_comes_last_and_only_with_odometry():
    assert stages_of(METHOD)[-1] == Stage(MOTION, 2)
    with pytest.raises(SettingsError, match='motion_epochs'):
        build(ThermalTrainingConfig, {'motion_epochs': 1})


def test_depth_rests_while_the_loss_falls():
    start = start_networks(METHOD, 0)
    enter_stage(Stage(MOTION, 2), start, METHOD, 0)
    assert trained_parts(Stage(MOTION, 2), METHOD) == {POSE}
    assert not any(p.requires_grad for p in start.depth.parameters())
    objective = MotionObjective(start.depth, start.pose, METHOD).eval()
    T = torch.eye(4).repeat(2, 1, 1)
    T[:, 2, 3] = torch.tensor([0.4, -0.4])
    generator = torch.Generator().manual_seed(1)
    pairs = PairBatch(torch.rand(2, 2, 1, 64, 80, generator=generator), T, torch.ones(2))
    image = torch.zeros(2, 3, 1, 64, 80)
    batch = ThermalBatch(
        image=image,
        K=torch.eye(3),
        T=torch.eye(4),
        travelled_m=torch.zeros(2, 2),
        zoom=torch.ones(2),
        focal_ratio=torch.ones(2),
        pairs=pairs,
    )
    optimiser = torch.optim.Adam(start.pose.parameters(), lr=1e-3)
    losses = []
    for _ in range(12):
        found = objective(batch)
        assert set(found.logged()) == {'pose', 'total'} and found.maps is None
        optimiser.zero_grad()
        found.total.backward()
        optimiser.step()
        losses.append(found.total.item())
    assert losses[-1] < 0.7 * losses[0]
