# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Hybrid backbone: where its taps come from, start values, refusals; narrow pose networks."""

import pytest
import torch

from thermal_depth_ros.networks.architecture import ArchitectureError
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.vit import BackboneError

VIT = {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': [64, 96]}
SMALL = {
    'backbone': 'vit_tiny_patch16_224',
    'backbone_args': VIT,
    'stem': 'resnet10t',
    'stem_args': {'channels': [16, 24, 32, 48], 'stem_width': 16},
    'head_channels': 16,
    'head_widths': [8, 8, 16, 16],
    'pose_width': 8,
}


def n_parameters(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.fixture(scope='module')
def depth():
    return build_networks('thermal', SMALL, seed=2)['depth']


def test_taps_are_maps_of_the_stem_and_of_the_middle_and_last_block(depth):
    seen = {}
    backbone = depth.backbone
    for name, module in (
        ('quarter', backbone.stem.layer1),
        ('eighth', backbone.stem.layer2),
        ('sixteenth', backbone.stem.layer3),
        ('embedding', backbone.vit.patch_embed),
        ('middle', backbone.vit.blocks[1]),
        ('last', backbone.vit.blocks[3]),
    ):
        module.register_forward_hook(
            lambda _, args, out, name=name: seen.update({name: (args[0], out)})
        )
    with torch.inference_mode():
        taps = backbone(torch.randn(2, 3, 64, 96))
    assert [tuple(tap.patches.shape) for tap in taps] == [
        (2, 16, 16, 24),
        (2, 24, 8, 12),
        (2, 48, 4, 6),
        (2, 48, 4, 6),
    ]
    assert torch.equal(taps[0].patches, seen['quarter'][1])
    assert torch.equal(taps[1].patches, seen['eighth'][1])
    assert torch.equal(seen['embedding'][0], seen['sixteenth'][1])
    for tap, block in zip(taps[2:], ('middle', 'last'), strict=True):
        tokens = seen[block][1]
        assert torch.equal(tap.cls, tokens[:, 0])
        assert torch.equal(tap.patches.flatten(2).transpose(1, 2), tokens[:, 1:])
    assert taps[0].cls is None and taps[1].cls is None


def test_the_fourth_stage_is_neither_built_nor_counted():
    """A ResNet-18 down to 1/16 without its classifier has 2,782,784 parameters."""
    with torch.device('meta'):
        backbone = HybridBackbone('vit_tiny_patch16_224', 'resnet18', timm_args=VIT)
    assert n_parameters(backbone.stem) == 2_782_784
    assert backbone.map_channels == (64, 128)
    assert backbone.patch_size == 16


@pytest.mark.parametrize('size', [(64, 96), (128, 160), (50, 77)])
def test_disparity_has_the_size_of_the_image_on_any_grid(depth, size):
    with torch.inference_mode():
        disparity = depth(torch.randn(2, 3, *size))
    assert disparity.shape == (2, 1, *size)
    assert disparity.min() >= 0.01 and disparity.max() <= 10.01


@pytest.mark.parametrize(
    ('backbone', 'stem'),
    [
        ('vit_small_patch14_reg4_dinov2.lvd142m', 'resnet26'),
        ('vit_small_patch16_dinov3.lvd1689m', 'mobilenetv3_small_050'),
        ('vit_tiny_patch16_224', 'convnext_atto'),
    ],
)
def test_stems_and_transformers_of_other_families_fit_together(backbone, stem):
    architecture = {
        **SMALL,
        'backbone': backbone,
        'backbone_args': {'embed_dim': 96, 'depth': 3, 'num_heads': 3},
        'stem': stem,
        'stem_args': {},
    }
    net = build_networks('thermal', architecture)['depth']
    with torch.inference_mode():
        disparity = net(torch.randn(1, 3, 64, 80))
    assert disparity.shape == (1, 1, 64, 80)
    assert disparity.std() > 1e-4


@pytest.mark.parametrize('stem', ['resnet10t', 'resnet18', 'resnet26'])
@pytest.mark.parametrize('training', [False, True])
def test_features_of_a_random_start_have_the_size_of_their_input(stem, training):
    architecture = {**SMALL, 'stem': stem, 'stem_args': {}, 'head_channels': 64}
    net = build_networks('thermal', architecture, seed=1)['depth'].train(training)
    with torch.no_grad():
        image = torch.randn(2, 3, 64, 96)
        spreads = [float(tap.patches.std()) for tap in net.backbone(image)]
        logit = net.head(net.backbone(image))
    assert all(0.1 < spread < 5 for spread in spreads), spreads
    assert 0.01 < float(logit.std()) < 2
    if training:
        assert abs(float(logit.mean())) < 4  # where the sigmoid still has a gradient


def test_gradients_reach_every_weight_in_use(depth):
    depth.train()
    depth(torch.randn(2, 3, 64, 96)).log().mean().backward()
    depth.eval()
    still = {'backbone.vit.norm.weight', 'backbone.vit.norm.bias'}
    for name, parameter in depth.named_parameters():
        if name not in still:
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
        parameter.grad = None


def test_a_few_steps_from_a_random_start_fit_an_image():
    net = build_networks('thermal', SMALL, seed=3)['depth'].train()
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(4, 3, 64, 96, generator=generator)
    wanted = 0.2 + 0.1 * torch.linspace(0, 1, 96).expand(4, 1, 64, 96)
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    losses = []
    for _ in range(20):
        loss = (net(image).log() - wanted.log()).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.4 * losses[0]


def test_narrow_pose_networks_have_about_the_square_of_the_parameters():
    sizes = {
        width: n_parameters(blueprint_networks('thermal', {**SMALL, 'pose_width': width})['pose'])
        for width in (64, 32)
    }
    assert sizes[64] == 12_486_406
    assert 0.24 < sizes[32] / sizes[64] < 0.26
    pose = build_networks('thermal', SMALL)['pose']
    assert pose(torch.randn(2, 1, 64, 80), torch.randn(2, 1, 64, 80)).shape == (2, 6)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'stem': 'resnet_unknown'}, "stem 'resnet_unknown' is not a timm model"),
        ({'stem': 'vit_tiny_patch16_224', 'stem_args': {}}, 'stem .vit_tiny'),
        ({'stem': 'resnet18', 'stem_args': {'output_stride': 8}}, 'no map at 1/16'),
        ({'stem': 'swin_tiny_patch4_window7_224', 'stem_args': {}}, 'stem .swin'),
        ({'taps': [0, 1, 2, 3]}, 'not 2 ascending blocks of 4'),
        ({'taps': [2, 4]}, r'\[2, 4\]'),
        ({'stem': '', 'taps': [1, 3]}, 'not 4 ascending blocks'),
        ({'backbone': 'resnet18'}, 'cannot be built as a vision transformer'),
    ],
)
def test_unusable_stems_are_refused_with_a_reason(changes, words):
    with pytest.raises(BackboneError, match=words):
        blueprint_networks('thermal', {**SMALL, **changes})


def test_stem_arguments_of_a_wrong_kind_are_named():
    with pytest.raises(ArchitectureError, match='stem_args'):
        blueprint_networks('thermal', {**SMALL, 'stem_args': {'channels': [16]}})
    with pytest.raises(ArchitectureError, match="stem_args: 'wrong_argument' not among channels"):
        blueprint_networks('thermal', {**SMALL, 'stem_args': {'wrong_argument': 3}})
