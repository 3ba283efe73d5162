# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Drives that several commands are tested on."""

from pathlib import Path

import pytest

from helpers.evaluations import DRIVE
from thermal_depth_ros.cli.main import main


@pytest.fixture(scope='session')
def winding_drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of 2 s with 20 frames of each camera, by day, round bends."""
    path = tmp_path_factory.mktemp('drives') / 'drive'
    assert main(['simulate', '-o', str(path), *DRIVE, '--seed', '3']) == 0
    return path
