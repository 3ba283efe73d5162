# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth rgb`: run the RGB camera node: depth, cloud and semantic mask."""

from thermal_depth_ros.cli.node_command import run_camera_nodes


def main(argv: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; return the exit code."""
    return run_camera_nodes(
        'rgb', 'Run the RGB camera node: depth, cloud and semantic mask.', ('rgb',), argv
    )
