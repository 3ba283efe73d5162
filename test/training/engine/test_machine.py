# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Devices and processes that do not go together are refused before anything starts."""

import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine import machine
from thermal_depth_ros.training.engine.config import RunConfig


@pytest.mark.parametrize(
    ('precision', 'expected'), [('auto', 'no'), ('fp32', 'no'), ('bf16', 'bf16')]
)
def test_precisions_of_the_cpu(precision, expected):
    assert machine.mixed_precision(precision, torch.device('cpu')) == expected


def test_half_precision_needs_a_gpu():
    with pytest.raises(SettingsError, match='fp16 needs a CUDA device'):
        machine.mixed_precision('fp16', torch.device('cpu'))


@pytest.mark.parametrize(
    ('device', 'gpus', 'words'),
    [('cuda:0', 4, 'device: each of 2 processes'), ('cuda', 1, '2 processes .* but 1 GPUs')],
)
def test_every_process_needs_a_gpu_of_its_own(monkeypatch, device, gpus, words):
    monkeypatch.setenv('WORLD_SIZE', '2')
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '2')
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: gpus)
    with pytest.raises(SettingsError, match=words):
        machine.make_accelerator(RunConfig(device=device))


def test_batches_that_cannot_be_shared(monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '3')
    with pytest.raises(SettingsError, match='4 samples cannot be shared evenly by 3 processes'):
        machine.make_accelerator(RunConfig(device='cpu'))
