# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Small drives that several tests look at, made once."""

import functools

import numpy as np
import pytest

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive

SMALL = {
    'thermal_width': 160,
    'thermal_height': 128,
    'rgb_width': 160,
    'rgb_height': 128,
    'shutter': 'none',
    'duration_s': 12.0,
}


@functools.cache
def _drive(settings: tuple) -> Drive:
    return Drive(SimulationConfig(**{**SMALL, **dict(settings)}))


@pytest.fixture(scope='session')
def make_drive():
    """Return the drive of these settings; equal settings give the same object."""
    return lambda **settings: _drive(tuple(sorted(settings.items())))


@pytest.fixture(scope='session')
def camera_pose():
    """Return T_world_camera of a camera of a drive at a time."""

    def pose(drive: Drive, kind: str, time_s: float) -> np.ndarray:
        return drive.world.motion.pose(time_s) @ drive.camera(kind).T_base_optical

    return pose


@pytest.fixture(params=[THERMAL, RGB])
def kind(request) -> str:
    return request.param
