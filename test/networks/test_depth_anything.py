# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth Anything V2: its published code gives the same numbers, in its own layout and others."""

import numpy as np
import pytest
import torch

from helpers.tiny_depth_anything import transformers_model
from thermal_depth_ros.networks import depth_anything
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.weight_files import read_config, read_state
from thermal_depth_ros.networks.weights import load_state

VITS = {'metric': 'depth_anything_v2_metric', 'relative': 'depth_anything_v2'}


def network_of(state, max_depth_m=None):
    """Build the depth network that a state dict describes, with its weights."""
    found = depth_anything.recognise(state, max_depth_m=max_depth_m)
    network = blueprint_networks('rgb', found.architecture)['depth'].to_empty(device='cpu')
    load_state(network, found.state, 'file', depth_anything.OPTIONAL)
    return network.eval()


@pytest.fixture(scope='module', params=sorted(VITS))
def reference(request, vectors, rule_state):
    file = vectors(VITS[request.param])
    state = rule_state(file, '')
    last = 'depth_head.scratch.output_conv2.2.bias'
    state[last] = state[last] + float(file['opt/bias_added_to_last_layer'])
    metric = request.param == 'metric'
    network = network_of(state, float(file['opt/max_depth']) if metric else None)
    return file, network, metric


def sizes(file) -> list[str]:
    return [key.split('/')[1] for key in file if key.startswith('in/')]


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_depth_equals_the_published_code(reference, dtype):
    file, network, metric = reference
    for size in sizes(file):
        image = torch.from_numpy(file[f'in/{size}/image']).to(dtype)
        with torch.inference_mode():
            disparity = network.to(dtype)(image)[:, 0]
        wanted = file[f'out/{size}/depth']
        found = (1.0 / disparity if metric else disparity).numpy()
        tolerance = 1e-6 * np.abs(wanted).max()
        if dtype is torch.float32:
            tolerance = 1e-2 if metric else 1e-3
        assert wanted.std() > 100 * tolerance
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)


def test_taps_equal_the_published_code(reference):
    file, network, _ = reference
    for size in sizes(file):
        image = torch.from_numpy(file[f'in/{size}/image']).double()
        with torch.inference_mode():
            taps = network.double().backbone(image)
        for index, tap in enumerate(taps):
            for name, found in (('mean', tap.patches.mean((2, 3))), ('cls', tap.cls)):
                wanted = file[f'out/{size}/tap{index}_{name}']
                atol = 1e-6 * np.abs(wanted).max()
                np.testing.assert_allclose(found, wanted, rtol=0, atol=atol)


@pytest.fixture(scope='module')
def published():
    pytest.importorskip('transformers')
    return transformers_model()


@pytest.mark.parametrize('names', ['published', 'module'])
def test_both_layouts_of_transformers_give_the_depth_of_their_own_code(published, names, tmp_path):
    if names == 'published':
        published.save_pretrained(tmp_path)
        state, config = read_state(tmp_path), read_config(tmp_path)
        assert any('.attention.query.' in name for name in state)
    else:
        state, config = published.state_dict(), published.config.to_dict()
        assert any('.attention.q_proj.' in name for name in state)
    found = depth_anything.recognise(state, config)
    assert found.architecture['taps'] == [0, 1, 3, 4]
    assert found.architecture['backbone_args']['num_heads'] == 3
    network = blueprint_networks('rgb', found.architecture)['depth'].to_empty(device='cpu')
    load_state(network, found.state, 'file', depth_anything.OPTIONAL)
    image = torch.randn(2, 3, 98, 98, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        wanted = published(image).predicted_depth
        disparity = network.eval()(image)[:, 0]
    assert wanted.std() > 0.05
    torch.testing.assert_close(disparity, wanted, rtol=0, atol=1e-5)


def tensors(embed_dim: int, depth: int, features: int, widths, positions=1370):
    """Return the tensors, without memory, from which a checkpoint of this size is recognised."""
    shapes = {
        'pretrained.cls_token': (1, 1, embed_dim),
        'pretrained.pos_embed': (1, positions, embed_dim),
        'pretrained.patch_embed.proj.weight': (embed_dim, 3, 14, 14),
        **{f'pretrained.blocks.{i}.norm1.weight': (embed_dim,) for i in range(depth)},
        **{
            f'depth_head.scratch.layer{i + 1}_rn.weight': (features, w, 3, 3)
            for i, w in enumerate(widths)
        },
    }
    return {name: torch.empty(shape, device='meta') for name, shape in shapes.items()}


@pytest.mark.parametrize(
    ('arguments', 'size', 'backbone', 'taps'),
    [
        ((384, 12, 64, (48, 96, 192, 384)), 'small', 'vit_small', [2, 5, 8, 11]),
        ((768, 12, 128, (96, 192, 384, 768)), 'base', 'vit_base', [2, 5, 8, 11]),
        ((1024, 24, 256, (256, 512, 1024, 1024)), 'large', 'vit_large', [4, 11, 17, 23]),
        ((1536, 40, 384, (1536,) * 4), 'giant', 'vit_giant', [9, 19, 29, 39]),
    ],
)
def test_published_sizes_are_recognised_from_their_tensors(arguments, size, backbone, taps):
    found = depth_anything.recognise(tensors(*arguments), max_depth_m=20)
    assert found.size == size and found.architecture['taps'] == taps
    assert found.architecture['backbone'] == f'{backbone}_patch14_dinov2.lvd142m'
    assert found.architecture['backbone_args'] == {}
    assert found.architecture['head_channels'] == arguments[2]
    assert found.architecture['head_widths'] == list(arguments[3])
    assert found.architecture['output'] == 'depth_m'
    assert found.architecture['output_max_depth_m'] == 20
    network = blueprint_networks('rgb', found.architecture)['depth']
    assert network.backbone.vit.blocks[0].attn.num_heads == arguments[0] // 64


def test_other_sizes_have_64_channels_per_head():
    found = depth_anything.recognise(tensors(128, 4, 16, (8, 8, 8, 8), positions=50))
    wanted = {'embed_dim': 128, 'depth': 4, 'num_heads': 2, 'img_size': 98}
    assert found.architecture['backbone_args'] == wanted
    assert (found.size, found.architecture['taps']) == ('128 channels, 4 blocks', [0, 1, 2, 3])


@pytest.mark.parametrize(
    ('state', 'words'),
    [
        ({'blocks.0.norm1.weight': torch.ones(8)}, 'neither names depth_head'),
        ({'depth_head.projects.0.weight': torch.ones(1)}, 'lacks'),
        (tensors(100, 4, 16, (8, 8, 8, 8)), '100 channels are not a multiple of 64'),
    ],
)
def test_other_checkpoints_are_refused(state, words):
    with pytest.raises(depth_anything.NotDepthAnythingError, match=words):
        depth_anything.recognise(state)
