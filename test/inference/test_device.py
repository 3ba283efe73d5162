# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.inference.device import select_device, select_precision, use_threads


@pytest.fixture
def gpus(monkeypatch):
    def pretend(count):
        monkeypatch.setattr(torch.cuda, 'device_count', lambda: count)

    return pretend


def test_without_a_gpu(gpus):
    gpus(0)
    assert select_device('auto') == torch.device('cpu')
    assert select_device('cpu') == torch.device('cpu')
    for name in ('cuda', 'cuda:0', 'gpu', 'cuda:x', ''):
        with pytest.raises(SettingsError, match=f"device: '{name}' is not available; .*cpu"):
            select_device(name)


def test_with_two_gpus(gpus):
    gpus(2)
    assert select_device('auto') == torch.device('cuda:0')
    assert select_device('cuda') == torch.device('cuda:0')
    assert select_device('cuda:1') == torch.device('cuda:1')
    assert select_device('cpu') == torch.device('cpu')
    with pytest.raises(SettingsError, match='cuda:2.*cpu, cuda:0, cuda:1'):
        select_device('cuda:2')


def test_precision():
    cpu, cuda = torch.device('cpu'), torch.device('cuda:0')
    assert select_precision('auto', cpu) == 'fp32'
    assert select_precision('auto', cuda) == 'fp16'
    assert select_precision('bf16', cpu) == 'bf16'
    assert select_precision('fp16', cuda) == 'fp16'
    with pytest.raises(SettingsError, match='fp16 needs a CUDA device'):
        select_precision('fp16', cpu)
    assert select_precision('int8', cpu) == 'fp32'  # of what runs in PyTorch all the same
    with pytest.raises(SettingsError, match='int8 is for the CPU'):
        select_precision('int8', cuda)
    with pytest.raises(SettingsError, match="'int4' is not one of"):
        select_precision('int4', cpu)


def test_threads():
    before = torch.get_num_threads()
    try:
        use_threads(1)
        assert torch.get_num_threads() == 1
        use_threads(0)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
