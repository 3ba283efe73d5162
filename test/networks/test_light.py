# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Light enhancement: counts of both sizes, and DANNet's outputs with its weights."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks.light import LightNet
from thermal_depth_ros.networks.weights import load_state


@pytest.mark.parametrize(
    ('arguments', 'parameters'),
    [({}, 166_787), ({'n_down': 2, 'n_blocks': 3}, 4_299_395)],
)
def test_sizes_have_the_published_number_of_parameters(arguments, parameters):
    with torch.device('meta'):
        net = LightNet(**arguments)
    assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.parametrize('mode', ['eval', 'train'])
def test_large_size_equals_dannet(vectors, rule_state, generator_state, mode):
    reference = vectors('light')
    net = LightNet(n_down=2, n_blocks=3).train(mode == 'train')
    state = generator_state(rule_state(reference, 'net'), 2, 3)
    load_state(net, state, 'rule')
    with torch.no_grad():
        found = net(torch.from_numpy(reference['in/net/image_u8']).float() / 256)
    np.testing.assert_allclose(found, reference[f'out/net/{mode}'], rtol=0, atol=5e-5)
    if mode == 'train':
        norm = net.stem[1]
        for name in ('running_mean', 'running_var'):
            wanted = reference[f'out/net/train_{name}_model.2']
            np.testing.assert_allclose(getattr(norm, name), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize(('n_down', 'n_blocks'), [(0, 0), (1, 0), (1, 2), (3, 1)])
def test_light_map_has_the_size_of_the_image_and_stays_within_one(n_down, n_blocks):
    net = LightNet(n_down, n_blocks, width=4).eval()
    with torch.inference_mode():
        light = net(torch.rand(2, 3, 24, 40))
    assert light.shape == (2, 3, 24, 40)
    assert light.abs().max() <= 1


def test_sizes_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match='30x40.*4'):
        LightNet(2, 0, 4)(torch.zeros(1, 3, 30, 40))
