# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Splitting and fusing query, key and value; low-rank updates against loralib's MergedLinear."""

import numpy as np
import pytest
import torch
from torch import nn

from thermal_depth_ros.networks.lora import add_lora, has_lora, merge_lora
from thermal_depth_ros.networks.split_attention import (
    QueryKeyValue,
    fuse_attention,
    split_attention,
)
from thermal_depth_ros.networks.vit import BackboneError, VisionBackbone

TINY = {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98}


@pytest.fixture(scope='module')
def reference(vectors):
    return vectors('lora_merged_linear')


class OneBlock(nn.Module):
    """The path to query and value that a ViT has, around one split layer."""

    def __init__(self, fused: nn.Linear) -> None:
        super().__init__()
        attention = nn.Module()
        attention.qkv = QueryKeyValue(fused)
        block = nn.Module()
        block.attn = attention
        self.blocks = nn.ModuleList([block])

    @property
    def qkv(self) -> QueryKeyValue:
        return self.blocks[0].attn.qkv


def tensor(reference, name: str) -> torch.Tensor:
    return torch.from_numpy(reference[name])


def updated(reference) -> OneBlock:
    fused = nn.Linear(48, 144)
    fused.load_state_dict({k: tensor(reference, f'param/{k}') for k in ('weight', 'bias')})
    net = OneBlock(fused)
    add_lora(net, int(reference['opt/r']), float(reference['opt/lora_alpha']))
    for place, layer in enumerate((net.qkv.q, net.qkv.v)):
        a = tensor(reference, 'param/lora_A')[4 * place : 4 * place + 4]
        b = tensor(reference, 'param/lora_B')[48 * place : 48 * place + 48]
        layer.lora_A['default'].weight.data.copy_(a)
        layer.lora_B['default'].weight.data.copy_(b)
    return net


def close(found, wanted, tolerance: float) -> None:
    limit = tolerance * float(np.abs(wanted).max())
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=0, atol=limit)


@pytest.mark.parametrize(('dtype', 'tolerance'), [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_updates_equal_loralib_before_and_after_merging(reference, dtype, tolerance):
    net = updated(reference).to(dtype)
    x = tensor(reference, 'in/x').to(dtype).requires_grad_()
    out = net.qkv(x)
    close(out, reference['out/unmerged'], tolerance)
    (out * tensor(reference, 'in/cotangent').to(dtype)).sum().backward()
    close(x.grad, reference['grad/x'], tolerance)
    layers = (net.qkv.q, net.qkv.v)
    for name in ('lora_A', 'lora_B'):
        found = torch.cat([getattr(layer, name)['default'].weight.grad for layer in layers])
        close(found, reference[f'grad/{name}'], tolerance)
    merge_lora(net)
    assert not has_lora(net)
    assert all(type(layer) is nn.Linear for layer in (net.qkv.q, net.qkv.k, net.qkv.v))
    fused = net.qkv.fused()
    close(fused.weight, reference['out/merged_weight'], tolerance)
    close(fused(x), reference['out/merged'], tolerance)


def test_the_key_is_never_updated(reference):
    net = updated(reference)
    found = net.qkv(tensor(reference, 'in/x'))[..., 48:96]
    close(found, reference['out/base_without_lora'][..., 48:96], 1e-5)
    names = [name for name, p in net.named_parameters() if p.requires_grad]
    assert len(names) == 4
    assert all('.lora_' in name and '.k.' not in name for name in names)


@pytest.mark.parametrize('bias', [True, False])
def test_split_and_fused_layers_have_the_same_numbers(bias):
    fused = nn.Linear(12, 36, bias=bias, dtype=torch.float64)
    split = QueryKeyValue(fused)
    x = torch.randn(2, 5, 12, dtype=torch.float64)
    torch.testing.assert_close(split(x), fused(x), rtol=0, atol=1e-14)
    again = split.fused().state_dict()
    assert list(again) == list(fused.state_dict())
    assert all(torch.equal(again[name], value) for name, value in fused.state_dict().items())


def test_a_split_is_a_copy_that_does_not_change_the_original():
    fused = nn.Linear(4, 12)
    before = fused.weight.detach().clone()
    split = QueryKeyValue(fused)
    split.q.weight.data.zero_()
    assert torch.equal(fused.weight, before)


def test_splitting_and_fusing_a_backbone_gives_its_weights_back():
    net = VisionBackbone(timm_args=TINY)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    for block in net.vit.blocks:
        split_attention(net.name, block)
    assert 'vit.blocks.3.attn.qkv.v.weight' in net.state_dict()
    for block in net.vit.blocks:
        fuse_attention(block)
        fuse_attention(block)  # once is enough, twice no harm
    after = net.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_attention_that_cannot_be_split_is_refused_by_name():
    name = 'vit_small_patch16_dinov3.lvd1689m'
    net = VisionBackbone(name, timm_args={'embed_dim': 96, 'depth': 4, 'num_heads': 3})
    with pytest.raises(BackboneError, match=f'{name}.*EvaAttention'):
        split_attention(net.name, net.vit.blocks[0])
    plain = VisionBackbone(timm_args=TINY)
    split_attention(plain.name, plain.vit.blocks[0])
    with pytest.raises(BackboneError, match='split already'):
        split_attention(plain.name, plain.vit.blocks[0])
