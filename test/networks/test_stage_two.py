# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Stage two: counts of the paper, the same function at the start and after export."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.networks.adapters import ConvAdapter
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.stage_two import add_stage_two, merged_copy
from thermal_depth_ros.networks.trainable import (
    set_trainable,
    trainable_parameters,
    training_mode,
)
from thermal_depth_ros.networks.vit import BackboneError

TINY = {
    'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
    'head_channels': 16,
    'head_widths': [8, 8, 16, 16],
}
HYBRID = {
    **TINY,
    'backbone': 'vit_tiny_patch16_224',
    'stem': 'resnet10t',
    'stem_args': {'channels': [16, 24, 32, 48], 'stem_width': 16},
}


def depth_net(architecture=TINY, **changes):
    return build_networks('thermal', {**architecture, **changes}, seed=4)['depth']


def count(*networks: nn.Module) -> int:
    return sum(p.numel() for p in trainable_parameters(*networks))


def disturb(network: nn.Module) -> None:
    """Move everything stage two added away from its start."""
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if '.lora_' in name or '.adapters.' in name:
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.add_(0.05 * noise.to(parameter))


def test_trainable_counts_are_those_of_the_paper():
    networks = blueprint_networks('thermal', {})
    depth, pose = networks['depth'], networks['pose']
    set_trainable(depth, 'head')
    assert count(depth, pose) == 36_680_327
    add_stage_two(depth)
    set_trainable(depth, 'adapters')
    assert count(depth, pose) == 37_500_599
    assert count(depth.backbone.adapters) == 672_816
    assert count(depth.backbone.vit) == 147_456
    assert count(depth.head) == 24_193_921


@pytest.mark.parametrize('architecture', [TINY, HYBRID])
def test_stage_two_starts_exactly_at_the_function_of_stage_one(architecture):
    depth = depth_net(architecture)
    x = torch.randn(2, 3, 62, 80)
    with torch.no_grad():
        before = depth(x)
        add_stage_two(depth)
        assert torch.equal(depth(x), before)


@pytest.mark.parametrize('architecture', [TINY, HYBRID])
def test_what_a_bundle_holds_has_the_function_of_the_trained_network(architecture):
    depth = depth_net(architecture)
    x = torch.randn(2, 3, 62, 80)
    with torch.no_grad():
        start = depth(x)
    add_stage_two(depth, rank=3, alpha=6.0, adapter_channels=5)
    disturb(depth)
    merged = merged_copy(depth)
    loaded = depth_net(architecture, adapter_channels=5)
    loaded.load_state_dict(merged.state_dict(), strict=True)
    with torch.no_grad():
        trained = depth(x)
        for network in (merged, loaded):
            torch.testing.assert_close(network(x), trained, rtol=0, atol=1e-5)
    assert (trained - start).abs().max() > 1e-2
    assert any('lora_' in name for name in depth.state_dict()), 'training keeps the adapters'


def test_merging_leaves_a_network_without_updates_as_it_is():
    depth = depth_net()
    merged = merged_copy(depth).state_dict()
    assert merged.keys() == depth.state_dict().keys()
    assert all(torch.equal(merged[name], value) for name, value in depth.state_dict().items())


@pytest.mark.parametrize(
    ('options', 'lora', 'adapters'),
    [
        ({'rank': 0}, 0, 4 * (48 * 4 * 9 * 2 + 48 + 4)),
        ({'adapter_channels': 0}, 4 * 2 * 4 * (48 + 48), 0),
        ({'rank': 2, 'adapter_channels': 3}, 4 * 2 * 2 * (48 + 48), 4 * (48 * 3 * 9 * 2 + 48 + 3)),
    ],
)
def test_either_kind_of_adapter_can_be_left_out(options, lora, adapters):
    depth = depth_net()
    add_stage_two(depth, **options)
    set_trainable(depth, 'adapters')
    assert count(depth.backbone.vit) == lora
    assert count(depth.backbone.adapters) == adapters


def test_start_values_come_from_the_seed_alone():
    states = []
    for seed, noise in ((1, 11), (1, 12), (2, 11)):
        torch.manual_seed(noise)
        depth = depth_net()
        add_stage_two(depth, seed=seed)
        after = torch.rand(1)
        torch.manual_seed(noise)
        assert torch.equal(after, torch.rand(1)), 'the global generator has not moved'
        states.append(depth.state_dict())
    same, other = states[1], states[2]
    assert all(torch.equal(states[0][name], same[name]) for name in same)
    assert any(not torch.equal(same[name], other[name]) for name in other if 'lora_A' in name)


def test_adapters_of_an_earlier_training_are_kept():
    first = depth_net()
    add_stage_two(first)
    disturb(first)
    second = depth_net(adapter_channels=4)
    second.load_state_dict(merged_copy(first).state_dict())
    x = torch.randn(1, 3, 56, 70)
    with torch.no_grad():
        before = second(x)
        add_stage_two(second)
        assert torch.equal(second(x), before)
    with pytest.raises(ValueError, match='adapter_channels 8.*of 4'):
        add_stage_two(depth_net(adapter_channels=4), adapter_channels=8)


def test_stage_two_cannot_be_added_twice_or_to_any_attention():
    depth = depth_net()
    add_stage_two(depth)
    with pytest.raises(ValueError, match='already'):
        add_stage_two(depth)
    eva = depth_net(
        backbone='vit_small_patch16_dinov3.lvd1689m',
        backbone_args={'embed_dim': 96, 'depth': 4, 'num_heads': 3},
    )
    with pytest.raises(BackboneError, match='EvaAttention'):
        add_stage_two(eva)
    assert not eva.backbone.adapters, 'nothing is half done'


@pytest.mark.parametrize('policy', ['head', 'adapters', 'full'])
@pytest.mark.parametrize('architecture', [TINY, HYBRID, {**TINY, 'taps': [0, 1, 1, 2]}])
def test_exactly_the_trainable_parts_change_in_a_step(architecture, policy):
    depth = depth_net(architecture)
    add_stage_two(depth)
    disturb(depth)  # at the start A has no gradient, because B is zero
    set_trainable(depth, policy)
    training_mode(depth)
    before = {name: value.clone() for name, value in depth.state_dict().items()}
    optimiser = torch.optim.SGD(trainable_parameters(depth), 0.1)
    depth(torch.randn(2, 3, 56, 80)).log().mean().backward()
    for name, parameter in depth.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name
    optimiser.step()
    changed = {name for name, value in depth.state_dict().items() if not value.equal(before[name])}
    parts = {name for name in before if name.startswith('head.')}
    if policy == 'adapters':
        parts |= {name for name in before if '.lora_' in name or '.adapters.' in name}
    if policy == 'full':
        parts = {
            name
            for name in before
            if not name.startswith(
                ('backbone.vit.norm.', 'backbone.vit.blocks.3.', 'backbone.mask')
            )
            or (name.startswith('backbone.vit.blocks.3.') and depth.backbone.taps[-1] == 3)
        }
    assert changed == parts


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="'tail' is not one of head, transformer, adapters, full"):
        set_trainable(depth_net(), 'tail')


def test_an_adapter_is_a_convolution_over_the_patch_map_with_zeros_around():
    """One hidden channel that sums a 3x3 neighbourhood: GELU(9) inside, GELU(4) in a corner."""
    adapter = ConvAdapter(2, 1).double()
    with torch.no_grad():
        adapter.down.weight.zero_()
        adapter.down.weight[0, 0] = 1.0
        adapter.down.bias.zero_()
        adapter.up.weight[1, 0, 1, 1] = 1.0
        out = adapter(torch.ones(1, 2, 3, 3, dtype=torch.float64))
    gelu = nn.GELU()(torch.tensor([4.0, 6.0, 9.0], dtype=torch.float64))
    torch.testing.assert_close(out[0, 0], torch.ones(3, 3, dtype=torch.float64))
    for place, value in (((0, 0), gelu[0]), ((0, 1), gelu[1]), ((1, 1), gelu[2])):
        torch.testing.assert_close(out[0, 1][place], 1 + value)
