# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

import argparse
from pathlib import Path

from thermal_depth_ros.bags.writer import COMPRESSIONS


def add_recording(made: argparse.ArgumentParser) -> None:
    """Add the recording that a command reads, in one or more files."""
    made.add_argument('bag', nargs='+', type=Path, help='rosbag2 folder, .mcap, .db3 or ROS 1 .bag')


def add_force(made: argparse.ArgumentParser, what: str = 'an existing recording') -> None:
    """Add the option that permits to replace a recording."""
    made.add_argument('--force', action='store_true', help=f'replace {what}')


def add_compression(made: argparse.ArgumentParser) -> None:
    """Add the compression of a written recording."""
    made.add_argument(
        '--compression',
        choices=COMPRESSIONS,
        default='zstd',
        help='compression of the output [zstd]',
    )
