# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The decoder computes the scales that are asked for, and mirrors borders under autocast too."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.networks.decoder import MirroredConv, MultiscaleDecoder
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.light import NoLight


def features(channels):
    generator = torch.Generator().manual_seed(1)
    sides = [32 >> level for level in range(5)]
    return [
        torch.randn(2, c, side, side, generator=generator)
        for c, side in zip(channels, sides, strict=True)
    ]


@pytest.mark.parametrize('scales', [1, 2, 4])
def test_the_finest_scales_are_the_same_and_the_others_are_not_run(scales):
    decoder = MultiscaleDecoder(3, 8, features=(4, 4, 6, 6, 8))
    given = features((4, 4, 6, 6, 8))
    every = decoder(given)
    run = []
    for number, output in enumerate(decoder.outputs):
        output.register_forward_hook(lambda *_, number=number: run.append(number))
    found = decoder(given, scales)
    assert sorted(run) == list(range(scales)) and len(found) == scales
    assert [x.shape[-1] for x in found] == [64 >> scale for scale in range(scales)]
    assert all(torch.equal(a, b) for a, b in zip(found, every, strict=False))


def test_decoders_can_be_left_out():
    network = DepthSegNet(5, NoLight(), 8).eval()
    image = torch.rand(1, 3, 64, 64)
    whole = network(image)
    assert len(whole.disparities) == len(whole.logits) == 4
    classes = network(image, depth_scales=0, class_scales=1)
    assert classes.disparities == () and torch.equal(classes.logits[0], whole.logits[0])
    depth = network(image, depth_scales=2, class_scales=0)
    assert depth.logits == () and len(depth.disparities) == 2


def test_a_mirrored_convolution_is_that_of_pytorch_in_any_precision():
    ours, plain = MirroredConv(3, 4), nn.Conv2d(3, 4, 3, padding=1, padding_mode='reflect')
    plain.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, 6, 7, generator=torch.Generator().manual_seed(2))
    for enabled in (False, True):
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            # As from another layer: autocast only pads what is in 16 bits in another type.
            given = x.bfloat16() if enabled else x
            assert torch.equal(ours(given), plain(given)) and ours(given).dtype == given.dtype
