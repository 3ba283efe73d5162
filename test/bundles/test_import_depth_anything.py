# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles of Depth Anything V2: both layouts, both cameras, and what contradicts the user."""

import json
import pickle

import numpy as np
import pytest
import torch

from helpers.tiny_depth_anything import original_state, write_folder
from thermal_depth_ros.bundles import BundleError, load_bundle, validate_bundle
from thermal_depth_ros.bundles.catalog import bundle_facts
from thermal_depth_ros.bundles.import_depth_anything import (
    DepthAnythingImport,
    import_depth_anything,
)
from thermal_depth_ros.networks.weight_files import WeightsError


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / 'depth_anything_v2_tiny.pth'
    torch.save(original_state(), path)
    return path


def said(path, kind='rgb', **more):
    return DepthAnythingImport(path, kind, 'Apache-2.0', **more)


@pytest.mark.parametrize('kind', ['rgb', 'thermal'])
def test_a_relative_checkpoint_is_a_complete_bundle_for_depth(tmp_path, checkpoint, kind):
    spec, note = import_depth_anything(tmp_path / 'new', said(checkpoint, kind, input_side=98))
    assert spec.trained and spec.relative and spec.kind == kind
    assert spec.licence == 'Apache-2.0' and '64 channels, 4 blocks' in note
    assert spec.architecture['output_scale'] == 0.1
    assert validate_bundle(tmp_path / 'new') == []
    facts = bundle_facts(tmp_path / 'new')
    assert not facts.odometry and facts.classes == 0 and 'relative' in facts.depth
    assert ('No thermal image' in facts.trained_on) == (kind == 'thermal')
    bundle = load_bundle(tmp_path / 'new', kind=kind)
    assert bundle.spec == spec and list(bundle.networks) == ['depth']
    assert bundle.spec.training['imported'] == {'depth': 'depth_anything_v2_tiny.pth'}
    head = bundle.networks['depth'].head
    wanted = original_state()['depth_head.scratch.refinenet1.resConfUnit1.conv2.bias']
    assert torch.equal(head.fusion[3].skip_unit.conv2.bias, wanted)


def test_a_metric_checkpoint_gives_metres(tmp_path, checkpoint):
    relative, _ = import_depth_anything(tmp_path / 'relative', said(checkpoint))
    metric, _ = import_depth_anything(
        tmp_path / 'metric', said(checkpoint, metric_max_depth_m=80.0)
    )
    assert metric.scale.metric and not metric.relative and '80 m' in metric.scale.source
    image = torch.rand(1, 3, 98, 98)
    with torch.inference_mode():
        x = load_bundle(tmp_path / 'relative').networks['depth'](image) / 0.1
        depth_m = 1.0 / load_bundle(tmp_path / 'metric').networks['depth'](image)
    assert relative.scale.factor == 1.0 and (x > 0.01).all()
    torch.testing.assert_close(depth_m, 80.0 * torch.sigmoid(x))


@pytest.mark.parametrize('max_depth_m', [None, 20])
def test_a_folder_of_transformers_gives_the_depth_of_its_own_code(tmp_path, max_depth_m):
    pytest.importorskip('transformers')
    model = write_folder(tmp_path / 'hub', max_depth_m)
    spec, _ = import_depth_anything(tmp_path / 'new', said(tmp_path / 'hub'))
    assert spec.scale.metric == (max_depth_m is not None)
    image = torch.randn(1, 3, 98, 98)
    with torch.inference_mode():
        wanted = model(image).predicted_depth
        disparity = load_bundle(tmp_path / 'new').networks['depth'](image)[:, 0]
    found = disparity / 0.1 if max_depth_m is None else 1.0 / disparity
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


class Harmful:
    def __reduce__(self):
        return print, ('code from a weight file ran',)


def test_pickled_code_is_not_run(tmp_path, capsys):
    (tmp_path / 'bad.pth').write_bytes(pickle.dumps({'pretrained.a': Harmful()}, protocol=2))
    with pytest.raises(WeightsError, match='not a readable weight file'):
        import_depth_anything(tmp_path / 'new', said(tmp_path / 'bad.pth'))
    assert capsys.readouterr().out == '' and not (tmp_path / 'new').exists()


@pytest.mark.parametrize(
    ('changes', 'more', 'words'),
    [
        ({'model_type': 'dpt'}, {}, "model_type is 'dpt', not 'depth_anything'"),
        ({'auto_map': {'AutoModel': 'x.Y'}}, {}, 'brings its own code'),
        ({}, {'metric_max_depth_m': 80.0}, 'max_depth is 20 m, --metric-max-depth 80 m'),
        ({'max_depth': None}, {}, 'max_depth: None is no depth'),
        (
            {'depth_estimation_type': 'relative'},
            {'metric_max_depth_m': 20.0},
            'the network is relative, --metric-max-depth does not fit',
        ),
        ({'backbone_config': {'num_attention_heads': 5}}, {}, '48 channels are not 5 heads'),
        (None, {}, 'config.json: no such file'),
    ],
)
def test_folders_that_say_something_else_are_refused(tmp_path, changes, more, words):
    pytest.importorskip('transformers')
    write_folder(tmp_path / 'hub', 20)
    file = tmp_path / 'hub' / 'config.json'
    if changes is None:
        file.unlink()
    else:
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    with pytest.raises(WeightsError) as caught:
        import_depth_anything(tmp_path / 'new', said(tmp_path / 'hub', **more))
    assert words in str(caught.value) and not (tmp_path / 'new').exists()


@pytest.mark.parametrize('depth', [0.0, -80.0, float('nan'), float('inf'), 1e9])
def test_impossible_depths_and_sizes_are_refused_together(tmp_path, checkpoint, depth):
    wrong = said(checkpoint, 'sonar', metric_max_depth_m=depth, input_side=5)
    with pytest.raises(BundleError) as caught:
        import_depth_anything(tmp_path / 'new', wrong)
    for words in ('--kind', '--metric-max-depth', '--input-side: 5'):
        assert words in str(caught.value)


def test_a_metric_name_without_its_depth_is_refused(tmp_path, checkpoint):
    path = checkpoint.rename(tmp_path / 'depth_anything_v2_metric_hypersim_vits.pth')
    with pytest.raises(WeightsError, match='metric by its name.*--metric-max-depth 20'):
        import_depth_anything(tmp_path / 'new', said(path))


def test_another_size_than_said_is_refused_in_ten_lines(tmp_path, checkpoint):
    expected = said(checkpoint, backbone='vit_small_patch14_dinov2.lvd142m')
    with pytest.raises(WeightsError) as caught:
        import_depth_anything(tmp_path / 'new', expected)
    lines = str(caught.value).splitlines()
    assert '64 channels, 4 blocks' in lines[0] and len(lines) <= 10
    assert 'backbone.vit.blocks.*.attn.qkv.weight' in str(caught.value)
    assert '(1, 1, 64) instead of (1, 1, 384)' in str(caught.value)


def test_parts_that_lack_or_are_too_many_are_named(tmp_path):
    state = original_state()
    del state['depth_head.projects.2.bias']
    state['depth_head.extra.weight'] = torch.ones(2)
    state['fc.weight'] = torch.ones(3)
    torch.save(state, tmp_path / 'other.pth')
    with pytest.raises(WeightsError) as caught:
        import_depth_anything(tmp_path / 'new', said(tmp_path / 'other.pth'))
    for words in (
        'missing head.reassemble.2.project.bias (24,)',
        'unexpected head.extra.weight (2,)',
        'unexpected fc.weight (3,)',
    ):
        assert words in str(caught.value)


def test_a_transformer_alone_is_sent_to_its_own_option(tmp_path):
    state = {k.removeprefix('pretrained.'): v for k, v in original_state().items()}
    state = {k: v for k, v in state.items() if not k.startswith('depth_head.')}
    torch.save(state, tmp_path / 'dinov2.pth')
    with pytest.raises(WeightsError, match='not a checkpoint of Depth Anything.*--vit'):
        import_depth_anything(tmp_path / 'new', said(tmp_path / 'dinov2.pth'))


def test_values_that_are_not_finite_are_refused(tmp_path):
    state = original_state()
    state['pretrained.norm.bias'][3] = np.nan
    torch.save(state, tmp_path / 'nan.pth')
    with pytest.raises(WeightsError, match='backbone.vit.norm.bias has values'):
        import_depth_anything(tmp_path / 'new', said(tmp_path / 'nan.pth'))


def test_the_mask_token_may_be_absent(tmp_path):
    state = original_state()
    del state['pretrained.mask_token']
    torch.save(state, tmp_path / 'without.pth')
    import_depth_anything(tmp_path / 'new', said(tmp_path / 'without.pth'))
    token = load_bundle(tmp_path / 'new').networks['depth'].backbone.mask_token
    assert not token.any()
