# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Devices and processes that do not go together are refused before anything starts."""

from types import SimpleNamespace

import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.losses.masked import ONE_PROCESS
from thermal_depth_ros.training.engine import accelerator
from thermal_depth_ros.training.engine.config import RunConfig


@pytest.mark.parametrize(
    ('precision', 'expected'), [('auto', 'no'), ('fp32', 'no'), ('bf16', 'bf16')]
)
def test_precisions_of_the_cpu(precision, expected):
    assert accelerator.mixed_precision(precision, torch.device('cpu')) == expected


@pytest.mark.parametrize('feature', ['avx512_bf16', 'amx_bf16'])
@pytest.mark.parametrize('there', [True, False])
@pytest.mark.parametrize('suits', [True, False])
def test_auto_takes_bf16_where_cpu_and_task_allow_it(monkeypatch, feature, there, suits):
    monkeypatch.setattr(torch.cpu, 'get_capabilities', lambda: {feature: there, 'avx2': True})
    expected = 'bf16' if there and suits else 'no'
    assert accelerator.mixed_precision('auto', torch.device('cpu'), suits) == expected
    assert accelerator.mixed_precision('fp32', torch.device('cpu'), suits) == 'no'


@pytest.fixture
def forget_state():
    from accelerate.state import AcceleratorState, GradientState

    yield
    AcceleratorState._reset_state(True)
    GradientState._reset_state()


@pytest.mark.usefixtures('forget_state')
def test_one_process_may_train_in_several_precisions():
    made = [
        accelerator.make_accelerator(RunConfig(device='cpu', precision=precision))
        for precision in ('bf16', 'fp32', 'bf16')
    ]
    assert made[-1].mixed_precision == 'bf16'


def test_half_precision_needs_a_gpu():
    with pytest.raises(SettingsError, match='fp16 needs a CUDA device'):
        accelerator.mixed_precision('fp16', torch.device('cpu'))


@pytest.mark.parametrize(
    ('device', 'gpus', 'words'),
    [('cuda:0', 4, 'device: each of 2 processes'), ('cuda', 1, '2 processes .* but 1 GPUs')],
)
def test_every_process_needs_a_gpu_of_its_own(monkeypatch, device, gpus, words):
    monkeypatch.setenv('WORLD_SIZE', '2')
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '2')
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    with pytest.raises(SettingsError, match=words):
        accelerator.make_accelerator(RunConfig(device=device))


def test_batches_that_cannot_be_shared(monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '3')
    with pytest.raises(SettingsError, match='4 samples cannot be shared evenly by 3 processes'):
        accelerator.make_accelerator(RunConfig(device='cpu'))


def test_one_process_does_not_communicate():
    assert accelerator.accelerated_processes(SimpleNamespace(num_processes=1)) is ONE_PROCESS


def test_means_over_processes_have_no_gradient_and_leave_the_value_alone():
    def reduce(value, how):
        assert how == 'mean' and not value.requires_grad
        return value.add_(1.0)  # accelerate reduces in place

    processes = accelerator.accelerated_processes(SimpleNamespace(num_processes=3, reduce=reduce))
    own = torch.tensor(2.0, requires_grad=True)
    assert processes.count == 3
    assert processes.mean(own).item() == 3.0
    assert own.item() == 2.0
