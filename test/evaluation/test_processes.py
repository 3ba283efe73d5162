# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What torchrun says about a process; two real ones are tested with the command."""

import pytest
import torch

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.processes import Process, own_device, this_process


def test_processes_share_the_work(monkeypatch):
    monkeypatch.setenv('RANK', '1')
    monkeypatch.setenv('WORLD_SIZE', '3')
    assert this_process() == Process(1, 3)
    assert this_process().share('abcdefg') == ['b', 'e']
    assert not this_process().first
    assert Process().gather('x') == ['x']
    monkeypatch.setenv('RANK', '3')
    with pytest.raises(EvaluationError, match="RANK '3' is not one of WORLD_SIZE '3' processes"):
        this_process()


def test_each_process_has_a_gpu_of_its_own(monkeypatch):
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    assert own_device() is None
    monkeypatch.setenv('LOCAL_RANK', '5')
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 0)
    assert own_device() is None
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 4)
    assert own_device() == 'cuda:1'
