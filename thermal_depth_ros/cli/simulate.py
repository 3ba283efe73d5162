# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`simulate`: synthetic drives with exact depth, labels and motion, written as recordings."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.cli.shared_options import add_compression, add_force
from thermal_depth_ros.simulation.config import SimulationConfig

_MOST_DRIVES = 100_000


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_DRIVES:
        raise argparse.ArgumentTypeError(f'{number} is not between 1 and {_MOST_DRIVES}')
    return number


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth simulate',
        allow_abbrev=False,
        description='Simulate drives of a thermal and an RGB camera through streets and yards '
        'and write them as MCAP, with exact depth, labels and motion. The same seed '
        'and settings give the same bytes.',
        epilog='Exit code: 0 if everything was written, 1 on an error, 130 if interrupted; '
        'the file written until then is readable.',
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        help='output folder; with --count, a folder of drives named by their seeds',
    )
    made.add_argument(
        '--count',
        type=_positive,
        default=None,
        metavar='K',
        help='simulate K drives with consecutive seeds, starting at --seed',
    )
    add_force(made, 'existing recordings')
    add_compression(made)
    made.add_argument(
        '--benchmark',
        nargs='?',
        type=_positive,
        const=20,
        metavar='N',
        help='write nothing; measure frames per second over N frames of each kind of world [20]',
    )
    add_options(made.add_argument_group('drive'), SimulationConfig)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if options.output is None and options.benchmark is None:
        made.error('the following arguments are required: -o/--output')
    stop = StopRequest()
    stop.install()
    config = chosen(options, SimulationConfig)
    if options.benchmark is not None:
        from thermal_depth_ros.simulation.benchmark import show_benchmark

        show_benchmark(config, options.benchmark)
        return 0
    from thermal_depth_ros.simulation.drive_writer import planned_drives, write_drives

    planned = planned_drives(config, options.output, options.count)
    finished = write_drives(planned, options.force, options.compression, lambda: stop.asked)
    return 0 if finished else INTERRUPTED
