# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The bundle of a training: the function of its networks, and the truth about them."""

from types import SimpleNamespace

import pytest
import torch

from thermal_depth_ros.bundles import BundleError, load_bundle
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.networks.stage_two import add_stage_two
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.export import export_bundle, scale_of
from thermal_depth_ros.training.thermal.start import BACKBONE, start_networks

SAMPLES = SimpleNamespace(
    camera=PinholeCamera(80, 64, 70.0, 71.0, 39.0, 31.0),
    train=SimpleNamespace(pose_topics=('/odom', '/slam'), twist_topics=('/wheel',)),
)
REPORT = {'task': 'thermal', 'steps': 12, 'metrics': {'abs_rel': 0.2}, 'settings': {'bags': ['a']}}


def config(**values) -> ThermalTrainingConfig:
    return ThermalTrainingConfig(**{'architecture': 'tiny', **values})


def trained(method: ThermalTrainingConfig, adapters: bool = True):
    """Return networks as if they had been trained in both stages."""
    start = start_networks(method, 3)
    if adapters:
        add_stage_two(start.depth)
        start.architecture['adapter_channels'] = 4
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in start.depth.named_parameters():
            if 'lora_' in name or '.adapters.' in name or 'head' in name:
                parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    start.untrained = {BACKBONE}
    return start


def outputs(depth, pose) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    image = torch.randn(2, 3, 64, 80, generator=generator)
    frames = torch.randn(2, 3, 1, 64, 80, generator=generator)
    with torch.no_grad():
        return [depth.eval()(image), pose.eval()(*frames)]


@pytest.mark.parametrize('adapters', [True, False])
def test_a_bundle_has_the_function_of_the_trained_networks(tmp_path, adapters):
    method = config()
    start = trained(method, adapters)
    expected = outputs(start.depth, start.pose)
    path = export_bundle(tmp_path / 'b', start, method, SAMPLES, REPORT)
    bundle = load_bundle(path, kind='thermal')
    for found, wanted in zip(outputs(**bundle.networks), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)
    assert not any('lora' in name for name in bundle.networks['depth'].state_dict())


def test_the_networks_can_be_trained_on(tmp_path):
    method = config()
    start = trained(method)
    before = outputs(start.depth, start.pose)
    place = {name: value.data_ptr() for name, value in start.pose.state_dict().items()}
    export_bundle(tmp_path / 'b', start, method, SAMPLES, REPORT)
    assert any('lora_A' in name for name in start.depth.state_dict())
    assert place == {name: value.data_ptr() for name, value in start.pose.state_dict().items()}
    for found, wanted in zip(outputs(start.depth, start.pose), before, strict=True):
        assert torch.equal(found, wanted)


def test_it_says_what_it_is(tmp_path):
    method = config(
        low_fraction=0.02, licence='MIT', description='Of a yard.', variant='no_pretrain'
    )
    path = export_bundle(tmp_path / 'b', trained(method), method, SAMPLES, REPORT)
    spec = load_bundle(path).spec
    assert spec.kind == 'thermal' and spec.input_size == (64, 80)
    assert ThermalPreprocessing.from_dict(spec.preprocessing) == ThermalPreprocessing(
        low_fraction=0.02
    )
    found = spec.intrinsics
    assert (found.fx, found.fy, found.cx, found.cy) == (70.0, 71.0, 39.0, 31.0)
    assert spec.untrained_parts == ('depth.backbone',)
    assert spec.licence == 'MIT' and spec.description == 'Of a yard.'
    expected = {**REPORT, 'started_from': 'random weights, seed 3', 'variant': 'no_pretrain'}
    assert spec.training == expected
    assert spec.architecture['adapter_channels'] == 4


def test_nothing_is_untrained_after_training_everything(tmp_path):
    method = config()
    start = trained(method)
    start.untrained = set()
    path = export_bundle(tmp_path / 'b', start, method, SAMPLES, REPORT)
    assert load_bundle(path).spec.untrained_parts == ()


def test_it_replaces_an_earlier_bundle_but_nothing_else(tmp_path):
    method = config()
    start = trained(method)
    for steps in (1, 2):
        export_bundle(tmp_path / 'b', start, method, SAMPLES, {'steps': steps})
    assert load_bundle(tmp_path / 'b').spec.training['steps'] == 2
    (tmp_path / 'other').mkdir()
    (tmp_path / 'other' / 'thesis.tex').write_text('years of work')
    with pytest.raises(BundleError, match='exists already'):
        export_bundle(tmp_path / 'other', start, method, SAMPLES, REPORT)
    assert (tmp_path / 'other' / 'thesis.tex').read_text() == 'years of work'


def test_weights_may_be_stored_in_16_bits(tmp_path):
    sizes = {}
    for dtype in ('fp32', 'fp16'):
        method = config(weights_dtype=dtype)
        start = trained(method)
        path = export_bundle(tmp_path / dtype, start, method, SAMPLES, REPORT)
        sizes[dtype] = (path / 'weights.safetensors').stat().st_size
        stored, live = outputs(**load_bundle(path).networks), outputs(start.depth, start.pose)
        torch.testing.assert_close(stored[0], live[0], rtol=0.02, atol=1e-3)
    assert sizes['fp16'] < 0.6 * sizes['fp32']


@pytest.mark.parametrize(
    ('values', 'metric', 'words'),
    [
        ({}, False, 'none: learned from images alone'),
        ({'pose_source': 'odometry'}, True, 'poses on /odom, /slam in training'),
        ({'pose_source': 'both'}, True, 'poses on /odom, /slam in training'),
        ({'velocity_weight': 0.1}, True, 'speed on /wheel in training'),
        ({'pose_source': 'both', 'velocity_weight': 0.1}, True, 'poses on /odom, /slam'),
    ],
)
def test_the_scale_and_where_it_comes_from(values, metric, words):
    scale = scale_of(config(**values), SAMPLES.train)
    assert scale.metric is metric and scale.factor == 1.0
    assert words in scale.source
