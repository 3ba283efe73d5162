# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A graph of its own for every test, and the classes of the camera nodes."""

import pytest

from helpers.ros_graph import graph


@pytest.fixture
def thermal() -> type:
    """The thermal node's class."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    from thermal_depth_ros.nodes.camera.thermal_node import ThermalNode

    return ThermalNode


@pytest.fixture
def rgb() -> type:
    """The RGB node's class."""
    pytest.importorskip('rclpy', reason='rclpy is not installed')
    from thermal_depth_ros.nodes.camera.rgb_node import RgbNode

    return RgbNode
