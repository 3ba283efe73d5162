# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Thermal training from a pre-trained stem: frozen features first, adapters after."""

import dataclasses
from pathlib import Path

import pytest
import timm
import torch
import yaml

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.feature_scale import natural_noise
from thermal_depth_ros.networks.thermal_input import depth_input
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.task import Stage
from thermal_depth_ros.training.thermal.checks import check_start, contradictions
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.stages import enter_stage, slow_stem, trained_parts
from thermal_depth_ros.training.thermal.start import BACKBONE, HEAD, POSE, PRESETS, start_networks

STEM = 'test_efficientnet'
FIRST, SECOND = Stage('stage1', 2), Stage('stage2', 2)


@pytest.fixture
def method(tmp_path: Path) -> ThermalTrainingConfig:
    """Settings with a tiny hybrid architecture and weights of its stem."""
    torch.manual_seed(2)
    torch.save(timm.create_model(STEM).state_dict(), tmp_path / 'imagenet.pth')
    architecture = {
        'backbone': 'vit_tiny_patch16_224',
        'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': [64, 80]},
        'stem': STEM,
        'readout': 'ignore',
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
        'pose_width': 8,
    }
    (tmp_path / 'architecture.yaml').write_text(yaml.safe_dump(architecture))
    return ThermalTrainingConfig(
        architecture=str(tmp_path / 'architecture.yaml'),
        encoder_weights=str(tmp_path / 'imagenet.pth'),
        stage1_backbone='frozen_stem',
    )


def learning(network: torch.nn.Module) -> set[str]:
    return {name for name, p in network.named_parameters() if p.requires_grad}


def test_the_stem_starts_from_the_weights(method):
    check_start(method)
    start = start_networks(method, seed=1)
    theirs = torch.load(method.encoder_weights, weights_only=True)
    ours = start.depth.backbone.stem.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())
    assert start.untrained == {BACKBONE, HEAD, POSE}, 'its transformer is random'
    assert 'stem of imagenet.pth' in start.source
    assert len(start.attributions) == 1
    with torch.inference_mode():
        logits = start.depth.head(start.depth.backbone(depth_input(natural_noise())))
    assert float(logits.std()) < 2


def test_frozen_features_first_then_adapters(method):
    start = start_networks(method, seed=1)
    enter_stage(FIRST, start, method, 1)
    names = learning(start.depth)
    assert not {name for name in names if name.startswith('backbone.stem.')}
    assert {'backbone.vit.blocks.0.mlp.fc1.weight', 'head.tail1.weight'} <= names
    assert 'backbone.vit.patch_embed.proj.weight' in names
    assert trained_parts(FIRST, method) == {BACKBONE, HEAD, POSE}
    enter_stage(SECOND, start, method, 1)
    names = learning(start.depth)
    kinds = {n.split('.')[1] if 'lora_' not in n else 'lora' for n in names if n[0] == 'b'}
    assert kinds == {'lora', 'adapters'}
    assert slow_stem(SECOND, start, method) is None


def test_a_stem_that_is_unfrozen_learns_slowly_without_its_normalisation(method):
    method = dataclasses.replace(method, variant='finetune')
    start = start_networks(method, seed=1)
    enter_stage(SECOND, start, method, 1)
    names = {name for name in learning(start.depth) if name.startswith('backbone.stem.')}
    assert 'backbone.stem.conv_stem.weight' in names
    assert not {name for name in names if '.bn' in name}
    assert slow_stem(SECOND, start, method) is start.depth.backbone.stem


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'architecture': 'tiny'}, 'encoder_weights: architecture tiny has no convolutional stem'),
        ({'encoder_weights': 'missing.pth'}, 'encoder_weights: missing.pth: no such file'),
    ],
)
def test_what_cannot_be_used_is_said_before_recordings_are_read(method, changes, words):
    with pytest.raises(SettingsError, match=words):
        check_start(dataclasses.replace(method, **changes))


def test_contradictions_are_named(method):
    def problems(**changes):
        found = dataclasses.replace(method, **changes)
        return [*found.problems(), *contradictions(DataConfig(), found, RunConfig())]

    assert problems() == []
    assert any('frozen_stem needs' in p for p in problems(encoder_weights=''))
    assert any('random weights' in p for p in problems(stage1_backbone='frozen'))
    assert any(p.startswith('encoder_weights: ') for p in problems(start_bundle='x'))
    tiny = dataclasses.replace(method, architecture='tiny', encoder_weights='')
    with pytest.raises(SettingsError, match='stage1_backbone: .* needs a hybrid backbone'):
        enter_stage(FIRST, start_networks(tiny, 1), tiny, 1)


def test_the_preset_for_efficientnet_lite_has_its_maps():
    """24, 40 and 112 channels at 1/4, 1/8 and 1/16."""
    backbone = blueprint_networks('thermal', PRESETS['lite'])['depth'].backbone
    assert backbone.map_channels == (24, 40)
    assert backbone.vit.patch_embed.proj.in_channels == 112
