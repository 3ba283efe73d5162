# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What learns in each stage of each row of Table IV of Fan et al. 2024."""

import dataclasses

import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.thermal.config import VARIANTS, ThermalTrainingConfig
from thermal_depth_ros.training.thermal.stages import enter_stage, stages_of, trained_parts
from thermal_depth_ros.training.thermal.start import BACKBONE, HEAD, POSE, start_networks

FIRST, SECOND = Stage('stage1', 400), Stage('stage2', 400)


def config(**values) -> ThermalTrainingConfig:
    return ThermalTrainingConfig(**{'architecture': 'tiny', **values})


def start(method: ThermalTrainingConfig):
    return start_networks(method, 3)


def learning(network: torch.nn.Module) -> set[str]:
    return {name for name, p in network.named_parameters() if p.requires_grad}


def kinds(names: set[str]) -> set[str]:
    """Sort names of parameters by what they belong to."""
    return {
        'lora'
        if '.lora_' in name
        else 'adapters'
        if name.startswith('backbone.adapters')
        else name.split('.')[0]
        for name in names
    }


def test_stages_of_the_variants():
    assert stages_of(config()) == (FIRST, SECOND)
    assert stages_of(config(variant='no_stage2')) == (FIRST,)
    for variant in ('no_pretrain', 'no_adapters', 'finetune'):
        assert stages_of(config(variant=variant)) == (FIRST, SECOND)
    assert stages_of(config(stage2_epochs=0)) == (FIRST,)
    assert stages_of(config(stage1_epochs=0, stage2_epochs=7)) == (Stage('stage2', 7),)
    with pytest.raises(SettingsError, match='both are 0'):
        stages_of(config(stage1_epochs=0, stage2_epochs=0))
    with pytest.raises(SettingsError, match='nothing is trained'):
        stages_of(config(stage1_epochs=0, variant='no_stage2'))


@pytest.mark.parametrize('variant', VARIANTS)
def test_stage_one_trains_the_head_on_a_frozen_backbone(variant):
    method = config(variant=variant)
    found = start(method)
    enter_stage(FIRST, found, method, 3)
    assert learning(found.depth) == {f'head.{n}' for n, _ in found.depth.head.named_parameters()}
    assert trained_parts(FIRST, method) == {HEAD, POSE}


@pytest.mark.parametrize(
    ('variant', 'expected'),
    [
        ('full', {'head', 'lora', 'adapters'}),
        ('no_pretrain', {'head', 'lora', 'adapters'}),
        ('no_adapters', {'head'}),
        ('finetune', {'head', 'backbone'}),
    ],
)
def test_stage_two_starts_at_the_function_of_stage_one_and_trains_what_its_row_says(
    variant, expected
):
    method = config(variant=variant)
    found = start(method)
    enter_stage(FIRST, found, method, 3)
    images = torch.randn(2, 3, 64, 80, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = found.depth(images)
        enter_stage(SECOND, found, method, 3)
        assert torch.equal(found.depth(images), before)
    assert kinds(learning(found.depth)) == expected
    has_adapters = 'adapters' in expected
    assert found.architecture.get('adapter_channels', 0) == (4 if has_adapters else 0)
    assert any('lora_' in name for name in found.depth.state_dict()) == has_adapters
    whole = {HEAD, POSE, BACKBONE} if variant == 'finetune' else {HEAD, POSE}
    assert trained_parts(SECOND, method) == whole


def test_what_stage_two_trains_is_what_changes():
    """Every weight that learns gets a gradient, and none of the others does."""
    method = config()
    found = start(method)
    enter_stage(FIRST, found, method, 3)
    enter_stage(SECOND, found, method, 3)
    with torch.no_grad():
        for name, parameter in found.depth.named_parameters():
            if 'lora_B' in name or '.up.' in name:  # away from zero, which stops gradients
                parameter.normal_(0, 0.1)
    found.depth(torch.randn(1, 3, 64, 80)).square().sum().backward()
    changed = {n for n, p in found.depth.named_parameters() if p.grad is not None and p.grad.any()}
    assert changed == learning(found.depth)


def test_sizes_of_the_adapters_are_settings():
    method = config(lora_rank=2, adapter_channels=6, lora_alpha=8.0)
    found = start(method)
    enter_stage(SECOND, found, method, 3)
    shapes = {name: tuple(p.shape) for name, p in found.depth.named_parameters()}
    assert {s[0] for n, s in shapes.items() if 'lora_A' in n} == {2}
    assert {s[0] for n, s in shapes.items() if n.endswith('down.weight')} == {6}
    assert found.architecture['adapter_channels'] == 6


def test_a_backbone_from_random_weights_may_be_trained_in_stage_one():
    method = config(stage1_backbone='trained')
    found = start(method)
    enter_stage(FIRST, found, method, 3)
    assert kinds(learning(found.depth)) == {'backbone', 'head'}
    assert trained_parts(FIRST, method) == {HEAD, POSE, BACKBONE}


def test_a_pose_network_without_a_loss_counts_as_untrained():
    method = config(pose_source='odometry', pose_weight=0.0)
    assert trained_parts(FIRST, method) == {HEAD}
    assert trained_parts(FIRST, dataclasses.replace(method, pose_weight=1.0)) == {HEAD, POSE}


def test_a_backbone_that_takes_no_adapters_is_one_clear_message():
    method = config()
    found = start(method)
    enter_stage(SECOND, found, method, 3)
    with pytest.raises(SettingsError, match='stage two: .*already'):
        enter_stage(SECOND, found, method, 3)
