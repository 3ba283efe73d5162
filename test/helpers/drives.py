# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Synthetic drives with images small enough for tests."""

from pathlib import Path
from typing import Any

from thermal_depth_ros.simulation.config import SimulationConfig
from thermal_depth_ros.simulation.drive import Drive
from thermal_depth_ros.simulation.drive_writer import write_drive

UNUSED = (16, 16)


def drive_config(
    thermal: tuple[int, int] = UNUSED, rgb: tuple[int, int] = UNUSED, **settings: Any
) -> SimulationConfig:
    """Return the settings of a drive without shutter events, unless they are asked for.

    Args:
        thermal: Height and width of the thermal images; those of a camera that a test does not
            look at are tiny.
        rgb: Height and width of the colour images.
        settings: Other settings.
    """
    values = {
        'thermal_height': thermal[0],
        'thermal_width': thermal[1],
        'rgb_height': rgb[0],
        'rgb_width': rgb[1],
        'shutter': 'none',
    }
    return SimulationConfig(**{**values, **settings})


def record_drive(
    path: Path,
    thermal: tuple[int, int] = UNUSED,
    rgb: tuple[int, int] = UNUSED,
    **settings: Any,
) -> Path:
    """Record a drive of `drive_config`, and return the folder."""
    write_drive(Drive(drive_config(thermal, rgb, **settings)), path)
    return path
