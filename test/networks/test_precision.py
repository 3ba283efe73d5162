# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and motion keep their digits when the layers before the last compute in 16 bits."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.precision import at_least_single, in_full_precision

TINY = {
    'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
    'head_channels': 16,
    'head_widths': [8, 8, 16, 16],
    'pose_width': 8,
}


@pytest.fixture(scope='module')
def networks():
    built = build_networks('thermal', TINY, seed=2)
    for network in built.values():
        network.eval()
    return built


def in_bfloat16(network, *inputs):
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        return network(*inputs)


def test_disparity_has_no_steps(networks):
    image = torch.randn(1, 3, 64, 80, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        exact = networks['depth'](image)
    low = in_bfloat16(networks['depth'], image)
    assert low.dtype == torch.float32
    assert len(low.unique()) > 0.9 * len(exact.unique())
    torch.testing.assert_close(low, exact, rtol=0.05, atol=0)


def test_motion_is_not_rounded(networks):
    frames = torch.randn(2, 4, 1, 64, 80, generator=torch.Generator().manual_seed(1))
    low = in_bfloat16(networks['pose'], *frames)
    assert low.dtype == torch.float32
    assert (low.bfloat16().float() != low).float().mean() > 0.5


@pytest.fixture(scope='module')
def depthseg():
    small = {'encoder_width': 8, 'light_width': 4}
    return build_networks('rgb', small, seed=2)['depthseg'].eval()


def test_depth_by_day_and_night_is_that_of_an_exact_last_layer(depthseg):
    """At all scales, on what the layers before have made in 16 bits; classes may be short."""
    decoder, given = depthseg.depth_decoder, []
    for output in decoder.outputs:
        output.register_forward_pre_hook(lambda layer, inputs: given.append((layer, *inputs)))
    levels = []
    for level in decoder.levels:
        level.register_forward_hook(lambda level, inputs, made: levels.append(made.dtype))
    image = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    out = in_bfloat16(depthseg, image)
    assert levels == [torch.bfloat16] * 5, 'the layers before are as short as they were'
    assert [sigmoid.dtype for sigmoid in out.disparities] == [torch.float32] * 4
    assert [logits.dtype for logits in out.logits] == [torch.bfloat16] * 4
    for sigmoid, (layer, x) in zip(out.disparities, reversed(given.copy()), strict=True):
        with torch.no_grad():
            assert torch.equal(sigmoid, torch.sigmoid(layer(x.float())))
        assert not torch.equal(x, torch.zeros_like(x))
    assert len(out.disparities[0].unique()) > 0.9 * out.disparities[0].numel()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_without_autocast_it_is_the_layer_itself(dtype):
    layer, x = nn.Conv2d(3, 1, 1).to(dtype), torch.randn(1, 3, 4, 4, dtype=dtype)
    assert torch.equal(in_full_precision(layer, x), layer(x))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_only_16_bits_are_made_longer(dtype):
    x = torch.tensor([1.5, -0.25], dtype=dtype)
    longer = at_least_single(x)
    assert longer.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert longer.tolist() == [1.5, -0.25]


def test_gradients_pass():
    layer = nn.Conv2d(3, 1, 1)
    x = torch.randn(1, 3, 4, 4).bfloat16().requires_grad_()
    in_full_precision(layer, x).sum().backward()
    assert x.grad.dtype == torch.bfloat16 and layer.weight.grad.dtype == torch.float32
    torch.testing.assert_close(x.grad, layer.weight.detach().bfloat16().expand(1, 3, 4, 4))
