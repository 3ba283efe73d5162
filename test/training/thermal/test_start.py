# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks that training begins with."""

import math

import pytest
import torch
import yaml

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import BundleError, BundleSpec, Scale, SeedWeights, save_bundle
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.thermal.radiometry import PlanckConstants
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.start import (
    BACKBONE,
    HEAD,
    POSE,
    PRESETS,
    set_start_depth,
    start_networks,
)

TINY = PRESETS['tiny']


def start(seed=3, **values):
    return start_networks(ThermalTrainingConfig(**{'architecture': 'tiny', **values}), seed)


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def bundle(path, architecture=TINY, untrained=(), mapping=None, seed=11):
    """Write a bundle with weights of its own."""
    spec = BundleSpec(
        kind='thermal',
        architecture=dict(architecture),
        input_size=(64, 80),
        preprocessing=(mapping or ThermalPreprocessing()).to_dict(),
        scale=Scale(metric=False, factor=1.0, source='none'),
        weights=SeedWeights(untrained=True, seed=0),
        licence='Apache-2.0',
    )
    networks = build_networks('thermal', dict(architecture), seed)
    save_bundle(path, spec, networks, untrained_parts=untrained)
    return networks


@pytest.mark.parametrize('name', PRESETS)
def test_presets_can_be_built_and_have_a_pose_network(name):
    networks = blueprint_networks('thermal', PRESETS[name])
    assert networks['pose'].channels_per_image == 1
    counted = {part: sum(p.numel() for p in net.parameters()) for part, net in networks.items()}
    limits = {
        'paper': (100e6, 125e6),
        'small': (2e6, 15e6),
        'lite': (2e6, 15e6),
        'tiny': (1e5, 2e6),
    }
    assert limits[name][0] < sum(counted.values()) < limits[name][1], counted


def test_random_weights_depend_on_the_seed_alone():
    one = start()
    torch.rand(3)
    two, other = start(), start(seed=4)
    for name in ('depth', 'pose'):
        assert same(getattr(one, name), getattr(two, name))
        assert not same(getattr(one, name), getattr(other, name))
    assert one.untrained == {BACKBONE, HEAD, POSE}
    assert one.source == 'random weights, seed 3'


def test_the_mapping_comes_from_the_settings():
    found = start(
        mapping='celsius', min_celsius=-5.0, max_celsius=55.0, planck_b=1400.0, planck_o=-58.0
    )
    assert found.mapping == ThermalPreprocessing(
        'celsius',
        min_celsius=-5.0,
        max_celsius=55.0,
        planck=PlanckConstants(R=380747.0, B=1400.0, F=1.0, O=-58.0),
    )


def test_an_architecture_from_a_file(tmp_path):
    path = tmp_path / 'architecture.yaml'
    path.write_text(yaml.safe_dump({**TINY, 'pose_width': 12}))
    found = start(architecture=str(path))
    assert found.architecture == {**TINY, 'pose_width': 12}
    assert found.pose.encoder.state_dict().keys() == start().pose.encoder.state_dict().keys()
    assert not same(found.pose, start().pose)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'neither one of paper, small, lite, tiny nor a YAML file'),
        ('[1, 2]', 'holds no mapping'),
        ('a: [1', 'nor a YAML file that can be read'),
        ('head_chanels: 16', 'head_chanels'),
        ('head_channels: -1', 'head_channels'),
        ('backbone: no_such_network', 'no_such_network'),
        ('# ' + 'x' * (1 << 20), 'larger than'),
    ],
)
def test_a_bad_architecture_is_one_clear_message(tmp_path, content, message):
    path = tmp_path / 'architecture.yaml'
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=message) as error:
        start(architecture=str(path))
    assert str(error.value).startswith('architecture: ')
    assert '\n' not in str(error.value)


def test_a_folder_is_no_architecture(tmp_path):
    with pytest.raises(SettingsError, match='nor a YAML file that can be read'):
        start(architecture=str(tmp_path))


def test_training_continues_from_a_bundle(tmp_path):
    mapping = ThermalPreprocessing(low_fraction=0.05)
    stored = bundle(tmp_path / 'b', {**TINY, 'head_channels': 8}, mapping=mapping)
    found = start(start_bundle=str(tmp_path / 'b'), mapping='raw14')
    assert same(found.depth, stored['depth']) and same(found.pose, stored['pose'])
    assert found.architecture['head_channels'] == 8
    assert found.mapping == mapping, 'the networks know their own'
    assert found.untrained == set()
    assert found.source == f'bundle {tmp_path / "b"}'
    part = start(start_bundle=str(tmp_path / 'b'), start_parts='backbone')
    assert part.source == f'backbone of bundle {tmp_path / "b"}'


@pytest.mark.parametrize(
    ('named', 'expected'),
    [
        (('depth.backbone',), {BACKBONE}),
        (('depth',), {BACKBONE, HEAD}),
        (('depth.head', 'pose'), {HEAD, POSE}),
        (('all',), {BACKBONE, HEAD, POSE}),
    ],
)
def test_a_bundle_says_what_is_untrained(tmp_path, named, expected):
    bundle(tmp_path / 'b', untrained=named)
    assert start(start_bundle=str(tmp_path / 'b')).untrained == expected


def test_a_bundle_without_weights_is_untrained(tiny_thermal_bundle):
    found = start(start_bundle=str(tiny_thermal_bundle))
    assert found.untrained == {BACKBONE, HEAD, POSE}


def test_without_pre_training_only_the_backbone_is_random(tmp_path):
    stored = bundle(tmp_path / 'b')
    found = start(start_bundle=str(tmp_path / 'b'), variant='no_pretrain')
    assert not same(found.depth.backbone, stored['depth'].backbone)
    assert same(found.depth.backbone, start(seed=3).depth.backbone), 'drawn from the seed'
    assert same(found.depth.head, stored['depth'].head) and same(found.pose, stored['pose'])
    assert found.untrained == {BACKBONE}


def test_other_bundles_are_refused(tmp_path, tiny_rgb_bundle):
    with pytest.raises(BundleError, match="kind is 'rgb'"):
        start(start_bundle=str(tiny_rgb_bundle))
    with pytest.raises(BundleError):
        start(start_bundle=str(tmp_path / 'nothing'))


@pytest.mark.parametrize('depth', [0.1, 2.0, 30.0, 99.0])
def test_a_head_without_weights_begins_exactly_at_the_depth(depth):
    network = start().depth.eval()
    torch.nn.init.zeros_(network.head.tail3.weight)
    set_start_depth(network, depth)
    with torch.no_grad():
        found = 1 / network(torch.randn(1, 3, 64, 80))
    torch.testing.assert_close(found, torch.full_like(found, depth), rtol=1e-3, atol=0)


def test_a_random_head_begins_near_the_depth():
    found = start(start_depth=5.0).depth.eval()
    with torch.no_grad():
        depth = 1 / found(torch.randn(1, 3, 64, 80))
    assert abs(math.log(depth.median().item() / 5.0)) < math.log(3.0)


def test_a_trained_head_keeps_its_own_depth(tmp_path):
    stored = bundle(tmp_path / 'b')
    found = start(start_bundle=str(tmp_path / 'b'), start_depth=5.0)
    assert same(found.depth, stored['depth'])


def test_a_backbone_may_get_a_new_head_and_pose_network(tiny_thermal_bundle):
    whole = start(start_bundle=str(tiny_thermal_bundle))
    part = start(start_bundle=str(tiny_thermal_bundle), start_parts='backbone')
    assert same(whole.depth.backbone, part.depth.backbone)
    assert not same(whole.depth.head, part.depth.head)
    assert not same(whole.pose, part.pose)
    assert {HEAD, POSE} <= part.untrained
