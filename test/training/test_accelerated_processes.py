# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a run as losses see them."""

from types import SimpleNamespace

import torch

from thermal_depth_ros.losses.masked import ONE_PROCESS
from thermal_depth_ros.training.engine.processes import accelerated_processes


def test_one_process_asks_nobody():
    assert accelerated_processes(SimpleNamespace(num_processes=1)) is ONE_PROCESS


def test_means_over_processes_have_no_gradient_and_leave_the_value_alone():
    def reduce(value, how):
        assert how == 'mean' and not value.requires_grad
        return value.add_(1.0)  # accelerate reduces in place

    processes = accelerated_processes(SimpleNamespace(num_processes=3, reduce=reduce))
    own = torch.tensor(2.0, requires_grad=True)
    assert processes.count == 3
    assert processes.mean(own).item() == 3.0
    assert own.item() == 2.0
