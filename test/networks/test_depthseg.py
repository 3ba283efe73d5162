# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DepthSegNet24: sizes of all outputs, the light map, gradients, refusals."""

import copy

import pytest
import torch

from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.depthseg import DepthSegNet


@pytest.fixture(scope='module')
def net() -> DepthSegNet:
    return build_networks('rgb', {'light_width': 8}, seed=2)['depthseg']


def test_published_size_has_the_published_number_of_parameters():
    with torch.device('meta'):
        assert sum(p.numel() for p in DepthSegNet().parameters()) == 17_687_699


def test_outputs_have_four_scales(net):
    with torch.inference_mode():
        out = net(torch.rand(2, 3, 64, 96))
    sizes = [(64, 96), (32, 48), (16, 24), (8, 12)]
    assert [d.shape for d in out.disparities] == [(2, 1, *size) for size in sizes]
    assert [x.shape for x in out.logits] == [(2, 19, *size) for size in sizes]
    assert out.light_map.shape == out.enhanced.shape == (2, 3, 64, 96)
    assert all(d.min() > 0 and d.max() < 1 for d in out.disparities)


def test_both_tasks_see_the_image_with_its_light_map_added(net):
    """Where no light is added, the enhanced image gives what the image with light gave."""
    image = torch.rand(1, 3, 64, 96)
    dark = copy.deepcopy(net)
    torch.nn.init.zeros_(dark.light.last.weight)
    torch.nn.init.zeros_(dark.light.last.bias)
    with torch.inference_mode():
        lit = net(image)
        torch.testing.assert_close(lit.enhanced, image + lit.light_map)
        found = dark(lit.enhanced)
    assert lit.light_map.abs().max() > 1e-3 and not found.light_map.any()
    for name in ('disparities', 'logits'):
        torch.testing.assert_close(getattr(found, name), getattr(lit, name))


def test_random_weights_give_varied_depth_and_classes(net):
    with torch.inference_mode():
        out = net(torch.rand(1, 3, 128, 160))
    assert out.disparities[0].std() > 1e-2
    assert len(out.logits[0].argmax(1).unique()) > 3


def test_without_classes_and_light_it_is_the_depth_network_of_monodepth2():
    """Table 4 gives 14.330 M for it, summed from rounded parts; exactly 14,329,236."""
    plain = build_networks('rgb', {'n_classes': 0, 'light_width': 0}, seed=2)['depthseg']
    assert sum(p.numel() for p in plain.parameters()) == 11_176_512 + 3_152_724
    image = torch.rand(2, 3, 64, 96)
    with torch.inference_mode():
        out = plain(image)
    assert out.logits == () and torch.equal(out.enhanced, image)
    assert not out.light_map.any()


@pytest.mark.parametrize('width', [8, 32])
def test_a_narrow_network_is_in_proportion(width):
    wide, narrow = (
        build_networks('rgb', {'light_width': 8, 'encoder_width': w}, seed=2) for w in (64, width)
    )
    for name in ('depthseg', 'pose'):
        whole = dict(wide[name].named_parameters())
        for key, value in narrow[name].named_parameters():
            if key.startswith('light.') or '.outputs.' in key or key.startswith('decoder.pose'):
                continue  # as wide as images, maps and motions are
            assert value.shape[0] * 64 == whole[key].shape[0] * width, key
    with torch.inference_mode():
        out = narrow['depthseg'](torch.rand(1, 3, 64, 96))
        motion = narrow['pose'](torch.rand(1, 3, 64, 96), torch.rand(1, 3, 64, 96))
    assert out.disparities[3].shape == (1, 1, 8, 12) and out.logits[0].shape == (1, 19, 64, 96)
    assert motion.axisangle.shape == (1, 2, 3)


def test_light_enhancement_alone_can_be_left_out(net):
    dark = build_networks('rgb', {'light_width': 0}, seed=2)['depthseg']
    kept = {k: v for k, v in net.state_dict().items() if not k.startswith('light.')}
    assert all(torch.equal(dark.state_dict()[key], value) for key, value in kept.items())
    assert kept.keys() == dark.state_dict().keys()


def test_gradients_of_either_task_reach_the_light_network(net):
    for output in ('disparities', 'logits'):
        net.zero_grad()
        sum(x.square().mean() for x in getattr(net(torch.rand(1, 3, 64, 64)), output)).backward()
        assert net.light.stem[0].weight.grad.abs().sum() > 0


@pytest.mark.parametrize('size', [(320, 575), (300, 576), (0, 64), (16, 32), (32, 64)])
def test_sizes_that_are_no_multiples_of_32_are_refused_with_the_size(net, size):
    with pytest.raises(ValueError, match=f'{size[0]}x{size[1]}.*32'):
        net(torch.zeros(1, 3, *size))


def test_images_of_another_shape_are_refused(net):
    with pytest.raises(ValueError, match='B, 3, H, W'):
        net(torch.zeros(1, 1, 32, 32))
