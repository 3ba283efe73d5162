# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth thermal`: run the thermal camera node: depth, cloud, odometry and TF."""

from thermal_depth_ros.cli.node_command import run_camera_nodes


def main(argv: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; return the exit code."""
    return run_camera_nodes(
        'thermal', 'Run the thermal camera node: depth, cloud, odometry and TF.', ('thermal',), argv
    )
