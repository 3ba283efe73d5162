# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`doctor`: checks installation, devices, bundles and the running graph."""

import argparse


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth doctor',
        description='Check this machine, the model bundles and the running ROS graph.',
        epilog='Exit code: 1 if any check reports FAIL, otherwise 0 (a WARN is not a failure).',
    )
    made.add_argument('--json', action='store_true', help='print JSON instead of tables')
    made.add_argument(
        '--no-graph', action='store_true', help='skip the checks of the running ROS graph'
    )
    made.add_argument(
        '--seconds',
        type=float,
        default=4.0,
        help='how long to observe the running graph, s (default: %(default)s)',
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Check everything and print it; return 1 when something fails."""
    arguments = parser().parse_args(argv)
    from thermal_depth_ros.doctor.run import run_checks

    return 0 if run_checks(not arguments.no_graph, arguments.seconds, arguments.json) else 1
