# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth record -o OUT [TOPIC...]`: everything the vehicle publishes, as MCAP."""

import argparse
import sys
from pathlib import Path

from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.node_command import split_arguments
from thermal_depth_ros.cli.shared_options import add_force

LOST = 3


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth record',
        description='Record topics to MCAP until Ctrl-C. Without topics, record every output of '
        'the camera nodes, their camera_info, /tf, /tf_static, /clock and '
        '/diagnostics.',
        epilog='ROS arguments follow --ros-args, for example: --ros-args -r __ns:=/robot1',
    )
    made.add_argument('topics', nargs='*', metavar='TOPIC', help='topics to record')
    made.add_argument('-o', '--output', type=Path, required=True, help='output folder')
    add_force(made)
    return made


def main(argv: list[str] | None = None) -> int:
    """Record until a signal.

    Returns:
        Exit code: 0; 1 where the recording cannot be written; 3 where messages were dropped.
    """
    arguments, ros_args = split_arguments(sys.argv[1:] if argv is None else argv)
    options = parser().parse_args(arguments)
    stop = StopRequest()
    stop.install()
    require_middleware()
    from thermal_depth_ros.nodes.tools.recorder import record
    from thermal_depth_ros.nodes.tools.recording_queue import RecordingQueue

    queue = RecordingQueue(options.output, overwrite=options.force)
    report, undiscovered = record(queue, options.topics, ros_args, stop)
    if undiscovered:
        print(f'no publisher for {", ".join(undiscovered)}', file=sys.stderr)
    print(f'{options.output}: {report.summary}')
    if report.error:
        return 1
    return LOST if report.dropped else 0
