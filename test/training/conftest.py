# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The toy as a task, and a drive that is small enough to train from in a test."""

from pathlib import Path

import pytest

from helpers.drives import record_drive
from helpers.ros_graph import graph
from helpers.toy_training import call_toy, start_toy, toy_kind, train_toy, without_report


@pytest.fixture(scope='session')
def small_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a synthetic drive: 24 thermal images of 80x64, with odometry and truth."""
    path = tmp_path_factory.mktemp('drives') / 'small'
    return record_drive(path, thermal=(64, 80), seed=4, scene='yard', duration_s=2.4)
