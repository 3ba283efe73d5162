# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Backbone: counts, taps and position embedding against DINOv2; other timm models; adapters."""

import numpy as np
import pytest
import torch
from torch import nn

from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.position import interpolate_position
from thermal_depth_ros.networks.vit import BackboneError, VisionBackbone
from thermal_depth_ros.networks.weights import load_state

TINY = {'embed_dim': 48, 'depth': 4, 'num_heads': 3}


@pytest.fixture(scope='module')
def reference(vectors):
    return vectors('dinov2_tiny')


@pytest.fixture(scope='module')
def backbone(reference) -> VisionBackbone:
    """The tiny reference ViT, its weights brought in through the import mapping."""
    net = VisionBackbone(timm_args=TINY).eval()
    state = {
        key.removeprefix('param/'): torch.from_numpy(value)
        for key, value in reference.items()
        if key.startswith('param/')
    }
    load_state(net, naming.vit_from_checkpoint(state), 'reference')
    return net


def image(reference, size: str) -> torch.Tensor:
    return (torch.from_numpy(reference[f'in/x_{size}_u8']).float() - 128) / 64


def test_base_model_has_the_published_number_of_parameters():
    with torch.device('meta'):
        net = VisionBackbone()
    assert sum(p.numel() for p in net.parameters()) == 86_580_480
    assert net.taps == (2, 5, 8, 11)
    assert net.patch_size == 14
    assert net.embed_dim == 768


@pytest.mark.parametrize(('size', 'tolerance'), [('518x518', 5e-5), ('266x322', 2e-4)])
def test_taps_equal_the_reference_in_single_precision(backbone, reference, size, tolerance):
    with torch.inference_mode():
        taps = backbone(image(reference, size))
    for index, tap in enumerate(taps):
        np.testing.assert_allclose(
            tap.patches, reference[f'out/{size}/tap{index}'], rtol=0, atol=tolerance
        )
        np.testing.assert_allclose(
            tap.cls, reference[f'out/{size}/tap{index}_cls'], rtol=0, atol=tolerance
        )


def test_taps_equal_the_reference_in_double_precision(backbone, reference):
    import copy

    net = copy.deepcopy(backbone).double()
    with torch.inference_mode():
        taps = net(image(reference, '518x518').double())
    for index, tap in enumerate(taps):
        wanted = reference[f'out/518x518/tap{index}']
        np.testing.assert_allclose(tap.patches, wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


@pytest.mark.parametrize('grid', [(19, 23), (19, 46), (18, 22)])
def test_position_embedding_equals_the_reference(backbone, reference, grid):
    found = backbone.position_embedding(grid).detach()
    np.testing.assert_allclose(
        found, reference[f'out/pos_embed_{grid[0]}x{grid[1]}'], rtol=0, atol=1e-5
    )


def test_position_embedding_is_untouched_on_its_own_grid(backbone):
    assert backbone.position_embedding((37, 37)) is backbone.vit.pos_embed


def test_position_embedding_keeps_its_prefix_and_dtype():
    stored = torch.randn(1, 2 + 36, 8, dtype=torch.float16)
    found = interpolate_position(stored, 2, (6, 6), (4, 9))
    assert found.dtype == torch.float16
    assert found.shape == (1, 2 + 36, 8)
    assert torch.equal(found[:, :2], stored[:, :2])


def test_position_embedding_without_offset_of_a_constant_is_that_constant():
    stored = torch.full((1, 1 + 49, 3), 0.7)
    found = interpolate_position(stored, 1, (7, 7), (5, 11), offset=0.0)
    torch.testing.assert_close(found, torch.full((1, 1 + 55, 3), 0.7))


def test_tokens_before_the_first_block_equal_the_reference(backbone, reference):
    with torch.inference_mode():
        tokens, rotary, grid = backbone._embed(image(reference, '266x322'))
    assert rotary is None
    assert grid == (19, 23)
    wanted = reference['out/266x322/tokens_before_block0_first_row']
    np.testing.assert_allclose(tokens[:, :24], wanted, rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ('depth', 'taps'),
    [(4, (0, 1, 2, 3)), (12, (2, 5, 8, 11)), (24, (5, 11, 17, 23)), (40, (9, 19, 29, 39))],
)
def test_default_taps_are_the_last_block_of_each_quarter(depth, taps):
    assert VisionBackbone.default_taps(depth) == taps


@pytest.mark.parametrize(
    ('name', 'patch', 'prefix', 'has_class'),
    [
        ('vit_tiny_patch16_224', 16, 1, True),
        ('vit_small_patch14_reg4_dinov2.lvd142m', 14, 5, True),
        ('vit_small_patch16_dinov3.lvd1689m', 16, 5, True),
        ('vit_base_patch16_siglip_224', 16, 0, False),
        ('vit_base_patch32_clip_224.openai', 32, 1, True),
        ('deit3_small_patch16_224', 16, 1, True),
    ],
)
def test_other_timm_transformers_give_maps_of_their_grid(name, patch, prefix, has_class):
    net = VisionBackbone(name, timm_args={'depth': 4, 'embed_dim': 96, 'num_heads': 3}).eval()
    assert net.vit.num_prefix_tokens == prefix
    with torch.inference_mode():
        taps = net(torch.randn(1, 3, 4 * patch, 5 * patch))
    assert [tap.patches.shape for tap in taps] == [(1, 96, 4, 5)] * 4
    assert all((tap.cls is not None) == has_class for tap in taps)
    assert all(tap.patches.isfinite().all() for tap in taps)


@pytest.mark.parametrize('name', ['vit_tiny_patch16_224', 'vit_small_patch16_dinov3.lvd1689m'])
def test_taps_agree_with_timm_on_the_stored_grid(name):
    """On its own grid nothing is interpolated, so timm's own feature extraction must agree."""
    net = VisionBackbone(name, timm_args={'depth': 4, 'embed_dim': 96, 'num_heads': 3}).eval()
    side = net.vit.patch_embed.img_size[0]
    x = torch.randn(1, 3, side, side)
    with torch.inference_mode():
        wanted = net.vit.forward_intermediates(x, indices=[0, 1, 2, 3], intermediates_only=True)
        taps = net(x)
    for tap, expected in zip(taps, wanted, strict=True):
        torch.testing.assert_close(tap.patches, expected)


def test_only_blocks_up_to_the_last_tap_run(backbone):
    net = VisionBackbone(taps=(0, 0, 1, 1), timm_args=TINY)
    ran = []
    for index, block in enumerate(net.vit.blocks):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    taps = net(torch.randn(1, 3, 28, 28))
    assert ran == [0, 1]
    assert len(taps) == 4
    assert torch.equal(taps[0].patches, taps[1].patches)


def test_an_adapter_changes_the_tap_of_its_block_and_not_the_class_token(backbone, reference):
    x = image(reference, '266x322')
    net = VisionBackbone(timm_args=TINY).eval()
    net.load_state_dict(backbone.state_dict())
    shapes = []

    ramp = torch.linspace(-1, 1, 48)[None, :, None, None]

    class AddRamp(nn.Module):
        def forward(self, patches):
            shapes.append(tuple(patches.shape))
            return patches + ramp

    with torch.inference_mode():
        before = net(x)
        net.adapters['1'] = AddRamp()
        after = net(x)
    assert shapes == [(1, 48, 19, 23)]
    assert torch.equal(after[0].patches, before[0].patches)
    torch.testing.assert_close(after[1].patches, before[1].patches + ramp)
    assert torch.equal(after[1].cls, before[1].cls)
    assert not torch.allclose(after[2].cls, before[2].cls)


def test_gradients_reach_the_first_layer():
    net = VisionBackbone(timm_args=TINY)
    sum(tap.patches.square().mean() for tap in net(torch.randn(1, 3, 28, 42))).backward()
    assert net.vit.patch_embed.proj.weight.grad.abs().sum() > 0
    assert net.vit.pos_embed.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ({'name': 'vit_base_patch14_dinov9'}, 'vit_base_patch14_dinov2'),
        ({'name': 'resnet18'}, 'cannot be built as a vision transformer'),
        ({'name': 'vit_base_patch14_dinov2.no_such_tag'}, 'no_such_tag'),
        ({'timm_args': {'wrong_argument': 3}}, 'wrong_argument'),
        ({'timm_args': TINY, 'taps': (0, 1, 2, 9)}, '9'),
        ({'timm_args': TINY, 'taps': (3, 2, 1, 0)}, 'ascending'),
        ({'timm_args': {**TINY, 'num_heads': 5}}, 'num_heads'),
    ],
)
def test_unusable_backbones_are_refused_with_a_reason(arguments, words):
    with pytest.raises(BackboneError, match=words):
        VisionBackbone(**arguments)


def test_sizes_off_the_patch_grid_are_refused(backbone):
    with pytest.raises(ValueError, match='256x320.*14'):
        backbone(torch.zeros(1, 3, 256, 320))
