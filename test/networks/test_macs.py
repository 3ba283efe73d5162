# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Operation counts: hand-computed layers, and Table 4 to the unit."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.cyclegan import Generator
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.light import LightNet
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.vit import VisionBackbone

PARTS = ('light', 'encoder', 'depth_decoder', 'seg_decoder')


def meta(*shape: int) -> torch.Tensor:
    return torch.empty(shape, device='meta')


def test_a_convolution_counts_inputs_times_kernel_per_output_element():
    conv = nn.Conv2d(6, 8, (3, 5), stride=2, groups=2, device='meta')
    wanted = 8 * 4 * 3 * (6 // 2) * 15
    count = macs.count(conv, meta(1, 6, 10, 10))
    assert (count.paper_macs, count.true_macs) == (wanted, wanted)
    assert count.parameters == 8 * 3 * 15 + 8


def test_a_transposed_convolution_truly_costs_its_inputs_but_the_paper_counts_its_outputs():
    conv = nn.ConvTranspose2d(5, 7, 3, stride=2, padding=1, output_padding=1, device='meta')
    count = macs.count(conv, meta(1, 5, 8, 10))
    assert count.true_macs == 8 * 10 * 5 * 7 * 9
    assert count.paper_macs == 16 * 20 * 5 * 7 * 9


def test_normalisation_costs_four_operations_per_element_only_in_the_paper():
    count = macs.count(nn.BatchNorm2d(3, device='meta').eval(), meta(2, 3, 4, 5))
    assert (count.paper_macs, count.true_macs) == (4 * 2 * 3 * 4 * 5, 0)


def test_attention_products_are_in_the_true_count_only():
    attention = blueprint_networks('thermal', {})['depth'].backbone.vit.blocks[0].attn
    tokens, width = 50, 768
    count = macs.count(attention, meta(1, tokens, width))
    layers = tokens * (width * 3 * width + width * width)
    assert count.paper_macs == layers
    assert count.true_macs == layers + 2 * tokens * tokens * width


@pytest.mark.parametrize(
    ('name', 'build'),
    [
        ('md2_pose_encoder_without_fc', lambda: PoseNet().encoder),
        ('md2_pose_decoder', lambda: PoseNet().decoder),
        ('pose_resnet_1ch_without_fc', lambda: PoseResNet(1)),
        ('pose_resnet_3ch_without_fc', lambda: PoseResNet(3)),
        ('dinov2_vitb14', lambda: VisionBackbone()),
        ('dpt_head_readout_project', lambda: DPTHead(768, readout='project')),
        ('dpt_head_readout_ignore', lambda: DPTHead(768, readout='ignore')),
        ('dannet_lightnet', lambda: LightNet(n_down=2, n_blocks=3)),
        ('cyclegan_generator', Generator),
    ],
)
def test_networks_have_as_many_parameters_as_their_public_originals(vectors, name, build):
    with torch.device('meta'):
        count = sum(p.numel() for p in build().parameters())
    assert count == int(vectors('efficiency')[f'out/params/{name}'])


@pytest.mark.parametrize('size', [(320, 576), (192, 640)])
def test_table_4_is_reproduced_to_the_unit(vectors, size):
    reference = vectors('efficiency')
    assert list(size) in reference['opt/resolutions_h_w'].tolist()
    network = blueprint_networks('rgb', {})['depthseg']
    image = meta(1, 3, *size)
    with torch.no_grad():
        features = network.encoder(image)
    inputs = {'light': image, 'encoder': image, 'depth_decoder': features, 'seg_decoder': features}
    key = f'out/{size[0]}x{size[1]}'
    for part in PARTS:
        count = macs.count(getattr(network, part), inputs[part])
        assert count.paper_macs == int(reference[f'{key}/{part}_macs'])
        assert count.parameters == int(reference[f'{key}/{part}_params'])
    whole = macs.count(network, image)
    assert whole.paper_macs == int(reference[f'{key}/total_macs'])
    assert whole.parameters == int(reference[f'{key}/total_params'])


def test_true_count_of_the_light_network_is_half_of_the_papers():
    network = blueprint_networks('rgb', {})['depthseg'].light
    assert macs.count(network, meta(1, 3, 320, 576)).true_macs == 10_262_937_600


def test_counting_leaves_no_hooks_behind():
    conv = nn.Conv2d(3, 4, 3, device='meta')
    macs.count(conv, meta(1, 3, 8, 8))
    assert not conv._forward_hooks
