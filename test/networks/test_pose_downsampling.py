# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A thermal pose network that sees fewer pixels than the depth network."""

import torch

from thermal_depth_ros.networks.build import build_networks

ARCHITECTURE = {'pose_width': 8, 'head_channels': 16, 'head_widths': [8, 8, 16, 16]}


def test_it_sees_the_means_of_squares_of_pixels():
    networks = [
        build_networks('thermal', {**ARCHITECTURE, 'pose_downsampling': factor}, seed=1)['pose']
        for factor in (1, 2)
    ]
    plain, halved = (network.eval() for network in networks)
    halved.load_state_dict(plain.state_dict())  # no weights of its own
    frames = torch.rand(2, 3, 1, 64, 96, generator=torch.Generator().manual_seed(0))
    means = frames.unflatten(-1, (48, 2)).unflatten(-3, (32, 2)).mean((-1, -3))
    with torch.no_grad():
        torch.testing.assert_close(halved(*frames), plain(*means))
        assert not torch.allclose(halved(*frames), plain(*frames))
