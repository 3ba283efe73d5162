# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`process`: every frame of a recording through the same pipelines as the nodes, offline."""

import argparse
import sys
from pathlib import Path

from thermal_depth_ros import contract
from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import COMPRESSIONS
from thermal_depth_ros.cli.config_options import add_options
from thermal_depth_ros.inference.config import RgbConfig, ThermalConfig
from thermal_depth_ros.nodes.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.settings import SettingsError

# The transport is what the recording has.
NOT_OFFLINE = frozenset({'image_transport'})


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth process',
        allow_abbrev=False,
        description='Run every frame of every camera of a recording through the same pipelines '
        'as the nodes, and write the outputs as MCAP with the stamps of the source. The same '
        'input gives the same bytes.',
        epilog='Exit code: 0 when every frame gave its output, 1 when some were dropped or on '
        'an error, 130 when interrupted; what was done until then is in a readable file.',
    )
    made.add_argument('bag', nargs='+', type=Path, help='rosbag2 folder, .mcap, .db3 or ROS 1 .bag')
    made.add_argument('-o', '--output', type=Path, required=True, help='folder to write')
    made.add_argument('--force', action='store_true', help='replace an earlier recording there')
    made.add_argument(
        '--compression', choices=COMPRESSIONS, default='zstd', help='of the output [zstd]'
    )
    made.add_argument(
        '--copy-input', action='store_true', help='carry the messages of the input along'
    )
    _add_choice_of_topics(made)
    made.add_argument(
        '--params-file', type=Path, metavar='FILE', help='ROS parameter file, as the nodes take it'
    )
    made.add_argument(
        '--assume-forward',
        action='store_true',
        help='where /tf_static does not place a camera on the body, take it to sit there looking '
        'forward; without this, odometry needs the transform',
    )
    for kind, config in ((contract.THERMAL, ThermalConfig), (contract.RGB, RgbConfig)):
        group = made.add_argument_group(f'{kind} camera')
        add_options(group, config, prefix=kind, leave_out=NOT_OFFLINE)
    return made


def _add_choice_of_topics(made: argparse.ArgumentParser) -> None:
    keys = sorted({key for outputs in contract.OUTPUTS.values() for key in outputs})
    made.add_argument(
        '--topics',
        nargs='+',
        metavar='OUTPUT',
        help=f'outputs to make, by key ({", ".join(keys)}) or by topic (rgb/points) [all]',
    )
    for kind in contract.OUTPUTS:
        made.add_argument(
            f'--{kind}',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'image topic of a {kind} camera; with this or its twin, only the cameras that '
            'are named are processed; may be repeated',
        )
        made.add_argument(
            f'--{kind}-info',
            action='append',
            default=[],
            metavar='TOPIC',
            help=f'camera_info of the {kind} camera, in the order of the cameras',
        )
    made.add_argument(
        '--wheel',
        default=f'/{contract.WHEEL_ODOMETRY_TOPIC}',
        metavar='TOPIC',
        help='wheel odometry, for scale_source wheel [%(default)s]',
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    stop = StopRequest()
    stop.install()
    try:
        return _run(options, stop)
    except KeyboardInterrupt:
        print('interrupted: nothing was written', file=sys.stderr)
        return INTERRUPTED


def _run(options: argparse.Namespace, stop: StopRequest) -> int:
    with stop.interrupting():
        from thermal_depth_ros.bundles.errors import BundleError
        from thermal_depth_ros.cli.process_job import run_job

    try:
        return run_job(options, stop)
    except (BagError, SettingsError, BundleError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
