# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks that a training with RGB cameras starts from."""

import dataclasses

import pytest
import torch

from helpers.day_and_night import H, W
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import (
    read_spec,
)
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.training.rgb.config import RgbTrainingConfig
from thermal_depth_ros.training.rgb.monocular_config import DepthTeacherConfig
from thermal_depth_ros.training.rgb.start import DEPTH, POSE, start_networks


def test_starts(tiny_rgb_bundle, tmp_path):
    method = RgbTrainingConfig(light_width=8, encoder_width=16, start_depth=8.0)
    start = start_networks(method, 19, seed=1)
    assert {DEPTH, POSE} <= start.untrained
    sigmoid = start.network(torch.full((1, 3, H, W), 0.5)).disparities[0]
    assert 4 < (1 / (0.01 + 9.99 * sigmoid)).median() < 16
    bundle = start_networks(
        dataclasses.replace(method, start_bundle=str(tiny_rgb_bundle)), 19, seed=1
    )
    theirs = build_networks('rgb', dict(read_spec(tiny_rgb_bundle).architecture), seed=7)
    for name, value in theirs['depthseg'].encoder.state_dict().items():
        torch.testing.assert_close(bundle.network.encoder.state_dict()[name], value)
    fewer = start_networks(
        dataclasses.replace(method, start_bundle=str(tiny_rgb_bundle)), 5, seed=1
    )
    assert 'seg_decoder' not in fewer.source and 'depthseg.encoder' in fewer.source
    bad = tmp_path / 'weights.pth'
    bad.write_bytes(b'nothing')
    with pytest.raises(SettingsError, match='encoder_weights: .*weights.pth'):
        start_networks(dataclasses.replace(method, encoder_weights=str(bad)), 19, seed=1)
    narrow = start_networks(dataclasses.replace(method, encoder_width=8), 19, seed=1)
    assert narrow.architecture['encoder_width'] == 8
    assert narrow.network.encoder.resnet.conv1.out_channels == 8
    assert narrow.pose.encoder.resnet.conv1.out_channels == 8
    both = dataclasses.replace(method, encoder_width=8, encoder_weights=str(bad))
    assert any(problem.startswith('encoder_width: ') for problem in both.problems())


def test_a_new_depth_decoder_on_a_whole_bundle(tiny_rgb_bundle):
    """All else is that of the bundle, and depth starts where the settings say."""
    method = DepthTeacherConfig(
        start_bundle=str(tiny_rgb_bundle), start_architecture='bundle', start_depth=3.0
    )
    old = start_networks(method, 0, seed=1)
    new = start_networks(dataclasses.replace(method, new_depth_decoder=True), 0, seed=1)
    assert DEPTH in new.untrained
    before, after = old.network.state_dict(), new.network.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and all(name.startswith('depth_decoder.') for name in changed)
    sigmoid = new.network(torch.full((1, 3, H, W), 0.5)).disparities[0]
    assert 1.5 < (1 / (0.01 + 9.99 * sigmoid)).median() < 6
    alone = dataclasses.replace(method, start_architecture='settings', new_depth_decoder=True)
    assert 'new_depth_decoder: needs start_architecture bundle' in alone.problems()
