# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Architectures of a bundle that are wrong, too large or that read files."""

import math
import resource

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from thermal_depth_ros.bundles import (
    BundleError,
    load_bundle,
    read_spec,
)
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.timm_vit import BackboneError
from thermal_depth_ros.networks.vit import VisionBackbone


@pytest.mark.parametrize('field', ['backbone_args', 'stem_args'])
@pytest.mark.parametrize(
    'argument',
    ['checkpoint_path', 'pretrained_cfg', 'pretrained_cfg_overlay', 'cache_dir'],
)
def test_no_argument_of_timm_reads_a_file(
    edited, tiny_hybrid_bundle, tmp_path, monkeypatch, field, argument
):
    """Whatever timm would do with such an argument, the file is not even opened."""
    bait = tmp_path / 'bait.pth'
    torch.save({}, bait)
    architecture = dict(read_spec(tiny_hybrid_bundle).architecture)
    architecture[field] = {**architecture[field], argument: str(bait)}
    path = edited(tiny_hybrid_bundle, architecture=architecture)
    opened = []
    monkeypatch.setattr('torch.load', lambda file, *a, **k: opened.append(file))
    monkeypatch.setattr('timm.create_model', lambda *a, **k: opened.append(a))
    with pytest.raises(BundleError, match=f"architecture.{field}: '{argument}' not among"):
        load_bundle(path)
    assert opened == []


def test_arguments_of_timm_are_checked_in_the_networks_as_well():
    with pytest.raises(BackboneError, match="'checkpoint_path' not among"):
        VisionBackbone(timm_args={'checkpoint_path': '/etc/passwd'})
    with pytest.raises(BackboneError, match="'checkpoint_path' not among"):
        HybridBackbone('vit_tiny_patch16_224', 'resnet18', {'checkpoint_path': '/etc/passwd'})


@pytest.mark.parametrize(
    'architecture',
    [
        {'head_channels': 4096, 'head_widths': [8192] * 4},
        {'backbone_args': {'depth': 64, 'embed_dim': 4096, 'num_heads': 64}},
        {'backbone_args': {'img_size': 2048, 'patch_size': 4, 'embed_dim': 4096, 'num_heads': 64}},
        {'pose_width': 1024},
    ],
)
def test_a_small_file_does_not_take_much_memory(edited, tiny_thermal_bundle, architecture):
    path = edited(tiny_thermal_bundle, architecture=architecture)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BundleError, match='parameters are more than 600000000'):
        load_bundle(path)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    assert grown_kib < 2 << 20


def test_an_input_of_too_many_pixels_is_refused(edited, tiny_rgb_bundle):
    with pytest.raises(BundleError, match=r'input_size: \[4096, 4096\] are more than'):
        load_bundle(edited(tiny_rgb_bundle, input_size=[4096, 4096]))


@pytest.mark.parametrize(
    'more',
    [
        {'stem_args': {'cardinality': 64}},
        {'stem_args': {'channels': [16, 24]}},
        {'stem_args': {'layers': [1, 1]}},
        {'stem': 'inception_v3', 'stem_args': {}},
        {'stem': 'levit_128', 'stem_args': {}},
        {'backbone_args': {'embed_dim': 48, 'num_heads': 5}},
        {'backbone_args': {'embed_dim': 1, 'num_heads': 64}},
        {'backbone': 'swin_tiny_patch4_window7_224', 'backbone_args': {}},
        {'backbone': 'vit_tiny_patch16_224', 'backbone_args': {'img_size': 4}},
        {'taps': [40, 41]},
    ],
)
def test_whatever_a_constructor_raises_is_a_bundle_error(edited, tiny_hybrid_bundle, more):
    architecture = {**read_spec(tiny_hybrid_bundle).architecture, **more}
    with pytest.raises(BundleError) as caught:
        load_bundle(edited(tiny_hybrid_bundle, architecture=architecture))
    assert all(len(problem.rstrip(': ')) > 20 for problem in caught.value.problems)


# What a mutation puts in the place of a value or adds as an argument.
_ODD = st.sampled_from(
    [None, True, -1, 0, 3, 64, 4097, 2**63, 1e-9, 1e300, math.nan, '', 'x' * 300, '2024-01-01']
    + ['resnet18', 'vgg11', 'levit_128', 'eva02_tiny_patch14_224', [], {}, [1], [1, 2], [7] * 5]
)


_ARGUMENTS = st.sampled_from(
    ['img_size', 'patch_size', 'embed_dim', 'num_heads', 'depth', 'mlp_ratio', 'reg_tokens']
    + ['class_token', 'channels', 'layers', 'stem_width', 'stem_type', 'output_stride', 'in_chans']
    + ['cardinality', 'base_width', 'checkpoint_path', 'features_only', 'block_fn', 'pos_embed']
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_mutated_architectures_load_or_are_refused(tiny_hybrid_bundle, tmp_path_factory, data):
    spec = read_spec(tiny_hybrid_bundle).to_dict()
    architecture = spec['architecture']
    for _ in range(data.draw(st.integers(1, 3))):
        field = data.draw(st.sampled_from(['backbone_args', 'stem_args', *architecture]))
        if field.endswith('_args') and isinstance(architecture[field], dict):
            argument = data.draw(_ARGUMENTS)
            architecture[field] = {**architecture[field], argument: data.draw(_ODD)}
        else:
            architecture[field] = data.draw(_ODD)
    folder = tmp_path_factory.mktemp('mutated')
    (folder / 'bundle.yaml').write_text(yaml.safe_dump(spec))
    try:
        load_bundle(folder)
    except BundleError as error:
        assert error.problems and all(error.problems)


def test_unknown_backbone_is_reported_as_a_bundle_error(edited, tiny_thermal_bundle):
    path = edited(tiny_thermal_bundle, architecture={'backbone': 'vit_nonsense'})
    with pytest.raises(BundleError, match='bundle.yaml: architecture: .*vit_nonsense'):
        load_bundle(path)
