# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Layouts and compilation change no numbers, and a saved optimiser fits another layout."""

import copy

import pytest
import torch
from torch import nn

from thermal_depth_ros.base.allocator import MOST_BYTES, keep_freed_memory
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.stage_two import add_stage_two
from thermal_depth_ros.networks.trainable import set_trainable, trainable_parameters, training_mode
from thermal_depth_ros.training.engine import performance
from thermal_depth_ros.training.engine.performance import (
    lay_out_state,
)
from thermal_depth_ros.training.rgb import start as rgb_start
from thermal_depth_ros.training.thermal.batch import ThermalBatch
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalObjective
from thermal_depth_ros.training.thermal.start import arrange, start_networks

CPU = torch.device('cpu')
GPU = torch.device('cuda', 0)  # named only; nothing is put there


@pytest.fixture
def make_objective():
    method = ThermalTrainingConfig(architecture='tiny', min_valid_elements=0)

    def make():
        start = start_networks(method, 0)
        objective = ThermalObjective(start.depth, start.pose, method).double()
        for network in (objective.depth, objective.pose):
            network.register_forward_hook(lambda network, inputs, output: output.float())
        return objective

    return make


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(3)
    images = torch.rand(2, 3, 1, 8, 10, generator=generator, dtype=torch.double)
    images = torch.nn.functional.interpolate(images.flatten(0, 1), (56, 70), mode='bilinear')
    images = images.unflatten(0, (2, 3))
    # The networks compute in double. The comparison of views does not, and so rounds away in what
    # they differ: with the pose network at its start, the last digit decides about masked pixels.
    return ThermalBatch(
        image=images,
        loss_image=((images - 0.45) / 0.225).float(),
        K=torch.tensor([[60.0, 0, 34.5], [0, 60.0, 27.5], [0, 0, 1]]).expand(2, 3, 3),
        T=torch.eye(4).expand(2, 2, 4, 4),
        travelled_m=torch.zeros(2, 2),
        zoom=torch.ones(2),
        focal_ratio=torch.ones(2),
    )


def gradients(objective, batch):
    objective.train()
    total = objective(batch).total
    total.backward()
    found = {n: p.grad for n, p in objective.named_parameters() if p.grad is not None}
    return total.item(), found


@pytest.fixture(params=['AVX2', 'AVX512'])
def vectors(request, monkeypatch):
    """Give the CPU either kind of vector instructions."""
    monkeypatch.setattr(torch.backends.cpu, 'get_cpu_capability', lambda: request.param)
    return request.param


@pytest.mark.parametrize('device', [CPU, GPU], ids=str)
def test_loss_and_gradients_stay_what_they_are(make_objective, batch, device, vectors):
    plain, arranged = make_objective(), make_objective()
    arrange(arranged.depth, arranged.pose, device)
    loss, expected = gradients(plain, batch)
    other_loss, found = gradients(arranged, batch)
    assert other_loss == pytest.approx(loss, rel=1e-6)
    assert found.keys() == expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    ('device', 'widest', 'narrow_vectors'), [(CPU, 32, True), (CPU, 33, False), (GPU, 64, True)]
)
def test_wide_networks_of_rgb_keep_channels_first_on_old_cpus(
    device, widest, narrow_vectors, vectors
):
    expected = narrow_vectors or vectors == 'AVX512'
    networks = torch.nn.Conv2d(4, 4, 3)
    rgb_start.arrange(networks, widest, device)
    assert networks.weight.is_contiguous(memory_format=torch.channels_last) is expected


@pytest.mark.parametrize('readout', ['project', 'add', 'ignore'])
def test_maps_of_the_head_lie_as_they_are_told(readout):
    head = DPTHead(24, 8, (4, 4, 8, 8), readout).train()
    from thermal_depth_ros.networks.vit import Tap

    tokens = torch.rand(2, 6 * 8, 24)
    tap = Tap(tokens.transpose(1, 2).reshape(2, 24, 6, 8), torch.rand(2, 24))
    assert tap.patches.is_contiguous(memory_format=torch.channels_last)  # as a ViT gives them
    seen = []
    for module in (*head.adjust, head.project, head.tail2):
        module.register_forward_hook(lambda module, inputs, output: seen.append(output))
    for layout in (torch.contiguous_format, torch.channels_last):
        head.layout = layout
        head.to(memory_format=layout)
        seen.clear()
        head([tap] * 4)
        assert len(seen) == 6 and all(x.is_contiguous(memory_format=layout) for x in seen)


def test_a_copied_head_keeps_its_layout():
    head = DPTHead(24, 8, (4, 4, 8, 8), 'ignore')
    head.layout = torch.channels_last
    assert copy.deepcopy(head).layout is torch.channels_last


def test_an_optimiser_continues_where_parameters_lie_otherwise(make_objective, batch, monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, 'get_cpu_capability', lambda: 'AVX2')
    before = make_objective().float()
    batch = batch.map(torch.Tensor.float)
    arrange(before.depth, before.pose, GPU)
    optimiser = torch.optim.Adam(trainable_parameters(before), lr=0.1, fused=True)
    gradients(before, batch)
    optimiser.step()

    after = make_objective().float()
    arrange(after.depth, after.pose, CPU)
    other = torch.optim.Adam(trainable_parameters(after), lr=0.1, fused=True)
    after.load_state_dict(before.state_dict())
    other.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    lay_out_state(other)
    for parameter, state in other.state.items():
        assert state['exp_avg'].stride() == parameter.stride()
        assert state['step'].shape == ()
    kinds = {p.is_contiguous() for p in after.parameters() if p.ndim == 4}
    assert kinds == {True, False}, 'both layouts are there'
    for mine, theirs in zip(after.parameters(), before.parameters(), strict=True):
        if theirs.grad is not None:
            mine.grad = torch.empty_like(mine).copy_(theirs.grad)
    other.step()
    optimiser.step()
    for (name, mine), theirs in zip(after.named_parameters(), before.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, msg=name)


def test_freed_memory_is_kept_without_harm():
    for _ in range(2):
        keep_freed_memory(largest_kept_bytes=MOST_BYTES, free_kept_bytes=MOST_BYTES)
    assert float(torch.ones(1 << 22).sum()) == 1 << 22


@pytest.fixture
def compiler(monkeypatch):
    """Say what is there, and remember what is compiled."""
    compiled = []
    monkeypatch.setattr(nn.Module, 'compile', lambda self, **how: compiled.append(how))
    monkeypatch.setattr(performance, '_reset_compiler', lambda fall_back: None)

    def give(c=True, triton=True):
        monkeypatch.setattr(performance.shutil, 'which', lambda name: '/bin/cc' if c else None)
        monkeypatch.setattr('torch.utils._triton.has_triton', lambda: triton)
        return compiled

    return give


@pytest.mark.parametrize(
    ('wanted', 'device', 'processes', 'expected'),
    [
        ('auto', GPU, 1, True),
        ('auto', GPU, 2, False),
        ('auto', CPU, 1, False),
        ('on', CPU, 1, True),
        ('on', GPU, 2, True),
        ('off', GPU, 1, False),
    ],
)
def test_where_it_is_worth_its_time(compiler, wanted, device, processes, expected):
    compiled = compiler()
    found = performance.compile_in_place(nn.Identity(), wanted, device, processes)
    assert found == expected and len(compiled) == expected


def test_auto_does_without_a_compiler(compiler):
    compiled = compiler(triton=False)
    assert not performance.compile_in_place(nn.Identity(), 'auto', GPU, 1)
    compiler(c=False)
    assert not performance.compile_in_place(nn.Identity(), 'auto', GPU, 1) and not compiled


@pytest.mark.parametrize(('there', 'words'), [({'c': False}, 'C compiler'), ({'triton': 0}, 'Tri')])
def test_who_asks_for_it_is_told_what_is_missing(compiler, there, words):
    compiler(**there)
    with pytest.raises(SettingsError, match=f'compile: needs .*{words}'):
        performance.compile_in_place(nn.Identity(), 'on', GPU, 1)


@pytest.mark.parametrize(
    ('device', 'backend'),
    [
        (CPU, 'eager'),  # without machine code, which takes minutes on a CPU
        pytest.param(
            GPU,
            'inductor',
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU'),
        ),
    ],
    ids=str,
)
def test_a_step_of_stage_two_is_one_graph_and_means_the_same(device, backend):
    method = ThermalTrainingConfig(architecture='tiny', min_valid_elements=0)
    start = start_networks(method, 0)
    add_stage_two(start.depth)
    set_trainable(start.depth, 'adapters')
    objective = ThermalObjective(start.depth, start.pose, method).to(device)
    arrange(start.depth, start.pose, device)
    training_mode(objective)
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(6, 1, 8, 10, generator=generator)
    images = nn.functional.interpolate(images, (56, 70), mode='bilinear').unflatten(0, (2, 3))
    batch = ThermalBatch(
        image=images,
        loss_image=(images - 0.45) / 0.225,
        K=torch.tensor([[60.0, 0, 34.5], [0, 60.0, 27.5], [0, 0, 1]]).expand(2, 3, 3),
        T=torch.eye(4).expand(2, 2, 4, 4),
        travelled_m=torch.zeros(2, 2),
        zoom=torch.ones(2),
        focal_ratio=torch.ones(2),
    ).to(device)
    names = list(objective.state_dict())
    expected = objective(batch).total
    torch._dynamo.reset()
    objective.compile(dynamic=False, fullgraph=True, backend=backend)
    found = objective(batch).total
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    found.backward()
    assert list(objective.state_dict()) == names
