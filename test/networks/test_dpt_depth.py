# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth network: any size in, the same size out, aligned, positive, with gradients."""

import pytest
import torch

from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.vit import VisionBackbone

TINY = {
    'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
    'head_channels': 16,
    'head_widths': [8, 8, 16, 16],
}


def depth_net(**changes) -> DptDepthNet:
    return build_networks('thermal', {**TINY, **changes}, seed=5)['depth']


@pytest.fixture(scope='module')
def net() -> DptDepthNet:
    return depth_net()


@pytest.mark.parametrize('border', ['pad', 'resize', 'resize_up'])
@pytest.mark.parametrize(
    'size', [(256, 320), (256, 640), (252, 322), (266, 322), (255, 321), (31, 47), (14, 14), (3, 5)]
)
def test_disparity_has_the_size_of_the_image_and_lies_in_range(size, border):
    with torch.inference_mode():
        disparity = depth_net(border=border)(torch.randn(2, 3, *size))
    assert disparity.shape == (2, 1, *size)
    assert disparity.isfinite().all()
    assert disparity.min() >= 0.01 and disparity.max() <= 10.01


def test_the_map_depends_on_the_image_and_varies_over_it(net):
    one, two = torch.rand(2, 1, 3, 64, 80)
    with torch.inference_mode():
        assert net(one).std() > 1e-3
        assert not torch.allclose(net(one), net(two))


def test_padding_is_cropped_where_it_was_added(net):
    """An image that fits, whose border is zero, gives the crop of what the whole gives."""
    inner = torch.randn(1, 3, 60, 78)
    whole = torch.zeros(1, 3, 70, 84)
    whole[..., 5:65, 3:81] = inner
    with torch.inference_mode():
        torch.testing.assert_close(net(inner), net(whole)[..., 5:65, 3:81])


def test_all_borders_agree_on_sizes_that_fit(net):
    x = torch.randn(1, 3, 70, 84)
    with torch.inference_mode():
        wanted = net(x)
        for border in ('resize', 'resize_up'):
            assert torch.equal(depth_net(border=border)(x), wanted)


def test_gradients_reach_image_backbone_and_head_after_a_pass_in_inference_mode(net):
    with torch.inference_mode():
        net(torch.randn(1, 3, 64, 80))
    net.zero_grad()
    image = torch.randn(1, 3, 64, 80, requires_grad=True)
    net(image).log().mean().backward()
    assert image.grad.abs().sum() > 0
    still = {'backbone.vit.norm.weight', 'backbone.vit.norm.bias', 'backbone.mask_token'}
    for name, parameter in net.named_parameters():
        if name not in still:
            assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
        parameter.grad = None


def test_a_disparity_of_zero_logit_is_five_and_a_hundredth():
    net = depth_net()
    with torch.no_grad():
        net.head.tail3.weight.zero_()
        net.head.tail3.bias.zero_()
        torch.testing.assert_close(net(torch.randn(1, 3, 28, 28)), torch.full((1, 1, 28, 28), 5.01))


@pytest.mark.parametrize('shape', [(3, 64, 80), (1, 1, 64, 80), (1, 64, 80, 3)])
def test_images_of_another_shape_are_refused(net, shape):
    with pytest.raises(ValueError, match='B, 3, H, W'):
        net(torch.zeros(shape))


def test_a_readout_needs_a_class_token():
    backbone = VisionBackbone(
        'vit_base_patch16_siglip_224', timm_args={'depth': 4, 'embed_dim': 48, 'num_heads': 3}
    )
    with pytest.raises(ValueError, match='class token.*ignore'):
        DptDepthNet(backbone, DPTHead(48, 16, (8, 8, 8, 8)))
    net = DptDepthNet(backbone, DPTHead(48, 16, (8, 8, 8, 8), 'ignore'))
    assert net(torch.randn(1, 3, 40, 50)).shape == (1, 1, 40, 50)


def test_unknown_border_is_refused(net):
    with pytest.raises(ValueError, match='mirror'):
        DptDepthNet(net.backbone, net.head, 'mirror')
