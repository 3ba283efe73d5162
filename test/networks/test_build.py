# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Building: counts at the default sizes, determinism, sensible start values, refusals."""

import zlib

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks.architecture import ArchitectureError
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.initialisation import materialise

TINY = {
    'thermal': {
        'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
    },
    'rgb': {'light_width': 8},
    'translation': {'n_blocks': 1, 'width': 4},
}


def test_default_networks_have_the_published_number_of_parameters():
    def sizes(kind: str) -> dict[str, int]:
        return {
            name: sum(p.numel() for p in network.parameters())
            for name, network in blueprint_networks(kind, {}).items()
        }

    assert sizes('thermal') == {'depth': 86_580_480 + 24_193_921, 'pose': 12_486_406}
    assert sizes('rgb') == {'depthseg': 17_687_699, 'pose': 12_500_492}
    assert sizes('translation') == {'day_to_night': 11_378_179, 'night_to_day': 11_378_179}


@pytest.mark.parametrize('kind', ['thermal', 'rgb', 'translation'])
def test_the_seed_decides_all_weights_and_nothing_else_does(kind):
    torch.manual_seed(1)
    one = build_networks(kind, TINY[kind], 3)
    torch.manual_seed(2)
    two = build_networks(kind, TINY[kind], 3)
    other = build_networks(kind, TINY[kind], 4)
    for name in one:
        a, b, c = (nets[name].state_dict() for nets in (one, two, other))
        assert all(torch.equal(a[key], b[key]) for key in a)
        matrices = [key for key in a if a[key].ndim > 1 and 'mask_token' not in key]
        assert all(not torch.equal(a[key], c[key]) for key in matrices)


def test_start_values_follow_from_seed_and_name_alone():
    """A bundle without weights must mean the same network tomorrow, so the stream is fixed."""
    weight = build_networks('rgb', {}, 1)['depthseg'].encoder.resnet.conv1.weight
    stream = np.random.SFC64([1, zlib.crc32(b'depthseg.encoder.resnet.conv1.weight')])
    word = int(stream.random_raw())
    steps = np.array([(word >> shift) & 0xFFFF for shift in (0, 16, 32, 48)]).astype(np.int16)
    expected = (steps + 0.5) / 32768 * np.sqrt(3 * 2 / (3 * 7 * 7))
    np.testing.assert_allclose(weight[0, 0, 0, :4].detach(), expected, rtol=1e-6)
    frozen = [-0.14481175, -0.05218156, -0.16016380, 0.14228390]
    np.testing.assert_allclose(expected, frozen, rtol=1e-6)


def test_spread_of_the_start_values_is_as_documented():
    networks = build_networks('thermal', TINY['thermal'], 0)
    depth = networks['depth']
    fc1 = depth.backbone.vit.blocks[0].mlp.fc1.weight
    assert float(fc1.detach().std()) == pytest.approx(0.02, rel=0.05)
    assert abs(float(fc1.detach().mean())) < 1e-3
    assert float(fc1.detach().abs().max()) <= 0.02 * 3**0.5
    assert torch.equal(depth.backbone.vit.blocks[0].ls1.gamma, torch.ones(48))
    conv = networks['pose'].encoder.resnet.layer2[0].conv2.weight
    assert float(conv.detach().std()) == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.05)
    norm = networks['pose'].encoder.resnet.bn1
    assert torch.equal(norm.running_var, torch.ones(64))
    assert torch.equal(norm.running_mean, torch.zeros(64))
    assert int(norm.num_batches_tracked) == 0
    for network in networks.values():
        assert all(p.isfinite().all() for p in network.parameters())
        assert not network.training


def test_networks_built_in_inference_mode_can_be_trained():
    with torch.inference_mode():
        pose = build_networks('thermal', TINY['thermal'])['pose']
    pose(torch.rand(1, 1, 64, 64), torch.rand(1, 1, 64, 64)).sum().backward()
    assert pose.decoder.pose.weight.grad is not None


def test_rotary_positions_have_their_periods():
    architecture = {
        'backbone': 'vit_small_patch16_dinov3.lvd1689m',
        'backbone_args': {'embed_dim': 96, 'depth': 4, 'num_heads': 3},
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
    }
    from thermal_depth_ros.networks.vit import VisionBackbone

    built = build_networks('thermal', architecture)['depth'].backbone
    direct = VisionBackbone(architecture['backbone'], timm_args=architecture['backbone_args'])
    assert torch.equal(built.vit.rope.periods, direct.vit.rope.periods)


@pytest.mark.parametrize(
    ('kind', 'architecture', 'words'),
    [
        ('sonar', {}, ['sonar', 'thermal, rgb']),
        ('rgb', {'n_classes': -1, 'light_width': 'wide'}, ['n_classes: -1', "light_width: 'wide'"]),
        ('rgb', {'colour': 1}, ['colour: unknown field']),
        ('rgb', {'min_depth': 5.0, 'max_depth': 2.0}, ['min_depth: 5.0 is not below max_depth']),
        ('thermal', {'readout': 'mean', 'border': 3}, ["readout: 'mean'", 'border: 3']),
        ('thermal', {'head_widths': [1, 2, 3]}, ['head_widths']),
        ('thermal', {'head_channels': True}, ['head_channels: True']),
        ('thermal', {'pose_channels': 2}, ['pose_channels: 2 is not 0, 1 or 3']),
        ('thermal', {'backbone_args': {'depth': [[1]]}}, ['backbone_args']),
        ('rgb', {'max_depth': float('nan')}, ['max_depth: nan']),
    ],
)
def test_bad_architectures_are_refused_naming_every_field(kind, architecture, words):
    with pytest.raises(ArchitectureError) as caught:
        build_networks(kind, architecture)
    assert all(word in str(caught.value) for word in words)


def test_absurd_sizes_are_refused_before_they_are_allocated():
    with torch.device('meta'):
        layer = torch.nn.Linear(100_000, 100_000)
    with pytest.raises(ValueError, match='10000100000 parameters'):
        materialise(layer, 0, 'layer')
