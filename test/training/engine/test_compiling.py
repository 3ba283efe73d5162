# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""When a step is compiled, and that a thermal one compiles as a whole."""

import pytest
import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.networks.stage_two import add_stage_two
from thermal_depth_ros.networks.trainable import set_trainable, training_mode
from thermal_depth_ros.training.engine import compiling
from thermal_depth_ros.training.engine.layout import arrange
from thermal_depth_ros.training.thermal.config import ThermalTrainingConfig
from thermal_depth_ros.training.thermal.objective import ThermalObjective
from thermal_depth_ros.training.thermal.start import start_networks

CPU, GPU = torch.device('cpu'), torch.device('cuda')


@pytest.fixture
def compiler(monkeypatch):
    """Say what is there, and remember what is compiled."""
    compiled = []
    monkeypatch.setattr(nn.Module, 'compile', lambda self, **how: compiled.append(how))
    monkeypatch.setattr(compiling, '_forget', lambda go_on_without: None)

    def give(c=True, triton=True):
        monkeypatch.setattr(compiling.shutil, 'which', lambda name: '/bin/cc' if c else None)
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
    found = compiling.compile_in_place(nn.Identity(), wanted, device, processes)
    assert found == expected and len(compiled) == expected


def test_auto_does_without_a_compiler(compiler):
    compiled = compiler(triton=False)
    assert not compiling.compile_in_place(nn.Identity(), 'auto', GPU, 1)
    compiler(c=False)
    assert not compiling.compile_in_place(nn.Identity(), 'auto', GPU, 1) and not compiled


@pytest.mark.parametrize(('there', 'words'), [({'c': False}, 'C compiler'), ({'triton': 0}, 'Tri')])
def test_who_asks_for_it_is_told_what_is_missing(compiler, there, words):
    compiler(**there)
    with pytest.raises(SettingsError, match=f'compile: needs .*{words}'):
        compiling.compile_in_place(nn.Identity(), 'on', GPU, 1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason='compiling takes minutes on a CPU')
def test_a_step_of_stage_two_is_one_graph_and_means_the_same():
    method = ThermalTrainingConfig(architecture='tiny', min_valid_elements=0)
    start = start_networks(method, 0)
    add_stage_two(start.depth)
    set_trainable(start.depth, 'adapters')
    objective = ThermalObjective(start.depth, start.pose, method).to(GPU)
    arrange(start.depth, start.pose, GPU)
    training_mode(objective)
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(6, 1, 8, 10, generator=generator)
    images = nn.functional.interpolate(images, (56, 70), mode='bilinear').unflatten(0, (2, 3))
    batch = {
        'image': images,
        'loss_image': (images - 0.45) / 0.225,
        'K': torch.tensor([[60.0, 0, 34.5], [0, 60.0, 27.5], [0, 0, 1]]).expand(2, 3, 3),
        'T': torch.eye(4).expand(2, 2, 4, 4),
        'travelled_m': torch.zeros(2, 2),
        'zoom': torch.ones(2),
    }
    batch = {name: value.to(GPU) for name, value in batch.items()}
    names = list(objective.state_dict())
    expected = objective(batch)['total']
    torch._dynamo.reset()
    objective.compile(dynamic=False, fullgraph=True)
    found = objective(batch)['total']
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    found.backward()
    assert list(objective.state_dict()) == names
