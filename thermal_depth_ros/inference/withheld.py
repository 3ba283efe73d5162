# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Requested outputs that cannot be computed from a frame, with reasons."""

from collections.abc import Set

import numpy as np

from thermal_depth_ros.frames.config import CameraConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame, calibration_problem

ODOMETRY = frozenset({'odometry', 'tf'})
NEEDS_CALIBRATION = ODOMETRY | {'points'}


def withheld_outputs(
    config: CameraConfig,
    frame: CameraFrame,
    wanted: Set[str],
    T_base_optical: np.ndarray | None,
) -> dict[str, str]:
    """Return the requested outputs that cannot be computed, with reasons.

    Depth works without calibration; clouds and odometry do not. Odometry also requires the
    mounting of the camera.
    """
    withheld = {}
    if isinstance(config, ThermalConfig):
        problem = _odometry_problem(config, frame, T_base_optical)
        withheld.update({name: problem for name in wanted & ODOMETRY if problem})
    problem = calibration_problem(frame)
    withheld.update({name: problem for name in wanted & NEEDS_CALIBRATION if problem})
    return withheld


def _odometry_problem(
    config: ThermalConfig, frame: CameraFrame, T_base_optical: np.ndarray | None
) -> str | None:
    if not config.odometry:
        return 'switched off by the parameter odometry'
    if T_base_optical is None:
        return f'no transform from {frame.frame_id!r} to {config.base_frame!r}'
    return None
