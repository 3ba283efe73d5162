# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth Anything V2: its published code gives the same numbers, in its own layout and others."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks import depth_anything
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.weights import load_state

VITS = {'metric': 'depth_anything_v2_metric', 'relative': 'depth_anything_v2'}


def network_of(state, max_depth_m=None):
    """Build the depth network that a state dict describes, with its weights."""
    found = depth_anything.recognise(state, max_depth_m=max_depth_m)
    network = blueprint_networks('rgb', found.architecture)['depth'].to_empty(device='cpu')
    load_state(network, found.state, 'file', depth_anything.OPTIONAL)
    return network.eval()


@pytest.fixture(scope='module', params=sorted(VITS))
def reference(request, vectors, rule_state):
    file = vectors(VITS[request.param])
    state = rule_state(file, '')
    last = 'depth_head.scratch.output_conv2.2.bias'
    state[last] = state[last] + float(file['opt/bias_added_to_last_layer'])
    metric = request.param == 'metric'
    network = network_of(state, float(file['opt/max_depth']) if metric else None)
    return file, network, metric


def sizes(file) -> list[str]:
    return [key.split('/')[1] for key in file if key.startswith('in/')]


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_depth_equals_the_published_code(reference, dtype):
    file, network, metric = reference
    for size in sizes(file):
        image = torch.from_numpy(file[f'in/{size}/image']).to(dtype)
        with torch.inference_mode():
            disparity = network.to(dtype)(image)[:, 0]
        wanted = file[f'out/{size}/depth']
        found = (1.0 / disparity if metric else disparity).numpy()
        tolerance = 1e-6 * np.abs(wanted).max()
        if dtype is torch.float32:
            tolerance = 1e-2 if metric else 1e-3
        assert wanted.std() > 100 * tolerance
        np.testing.assert_allclose(found, wanted, rtol=0, atol=tolerance)


def test_taps_equal_the_published_code(reference):
    file, network, _ = reference
    for size in sizes(file):
        image = torch.from_numpy(file[f'in/{size}/image']).double()
        with torch.inference_mode():
            taps = network.double().backbone(image)
        for index, tap in enumerate(taps):
            for name, found in (('mean', tap.patches.mean((2, 3))), ('cls', tap.cls)):
                wanted = file[f'out/{size}/tap{index}_{name}']
                atol = 1e-6 * np.abs(wanted).max()
                np.testing.assert_allclose(found, wanted, rtol=0, atol=atol)
