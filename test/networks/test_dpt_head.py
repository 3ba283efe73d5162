# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""DPT head: parameter counts, and every stage against DINOv2's head."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.networks import naming
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.vit import Tap
from thermal_depth_ros.networks.weights import load_state


@pytest.fixture(scope='module')
def reference(vectors):
    return vectors('dpt_head_tiny')


@pytest.fixture(scope='module')
def head(reference) -> DPTHead:
    net = DPTHead(48, 32, (8, 16, 32, 64)).eval()
    state = {
        key.removeprefix('param/'): torch.from_numpy(value)
        for key, value in reference.items()
        if key.startswith('param/')
    }
    load_state(net, naming.dpt_head_from_dinov2(state), 'reference')
    return net


def taps(reference, grid: str, dtype: torch.dtype = torch.float32) -> list[Tap]:
    def read(name: str) -> torch.Tensor:
        return torch.from_numpy(reference[f'in/{grid}/{name}']).to(dtype)

    return [Tap(read(f'tap{i}'), read(f'tap{i}_cls')) for i in range(4)]


@pytest.mark.parametrize(
    ('readout', 'parameters'),
    [('project', 24_193_921), ('ignore', 19_472_257), ('add', 19_472_257)],
)
def test_head_for_the_base_model_has_the_verified_number_of_parameters(readout, parameters):
    with torch.device('meta'):
        net = DPTHead(768, readout=readout)
    assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.parametrize('grid', ['19x23', '12x14'])
def test_output_equals_the_reference(head, reference, grid):
    with torch.inference_mode():
        found = head(taps(reference, grid))
    np.testing.assert_allclose(found, reference[f'out/{grid}/head'], rtol=0, atol=3e-4)


@pytest.mark.parametrize('grid', ['19x23', '12x14'])
def test_output_equals_the_reference_in_double_precision(head, reference, grid):
    import copy

    with torch.inference_mode():
        found = copy.deepcopy(head).double()(taps(reference, grid, torch.float64))
    wanted = reference[f'out/{grid}/head']
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


def test_stages_equal_the_reference(head, reference):
    inputs = taps(reference, '12x14')
    with torch.inference_mode():
        maps = [part(tap) for part, tap in zip(head.reassemble, inputs, strict=True)]
        coarsest = head.fusion[0](head.adjust[3](maps[3]))
    for index, found in enumerate(maps):
        np.testing.assert_allclose(
            found, reference[f'out/12x14/reassembled{index}'], rtol=0, atol=3e-5
        )
    np.testing.assert_allclose(coarsest, reference['out/12x14/fused_coarsest'], rtol=0, atol=3e-5)


def test_readouts_differ_only_in_the_use_of_the_class_token():
    grid = torch.randn(1, 48, 3, 4)
    for readout, depends in (('ignore', False), ('add', True), ('project', True)):
        head = DPTHead(48, 16, (8, 8, 8, 8), readout).eval()
        with torch.inference_mode():
            one, two = (head([Tap(grid, cls)] * 4) for cls in torch.randn(2, 1, 48))
        assert torch.equal(one, two) != depends


def test_gradients_reach_every_parameter(head, reference):
    head.zero_grad()
    head(taps(reference, '12x14')).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())


def test_unknown_readout_is_refused():
    with pytest.raises(ValueError, match='mean'):
        DPTHead(48, readout='mean')
