# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Operation counts: hand-computed layers, and Table 4 to the unit."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.build import blueprint_networks

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


@pytest.mark.parametrize('size', [(320, 576), (192, 640)])
def test_table_4_is_reproduced_to_the_unit(vectors, size):
    reference = vectors('efficiency')
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
