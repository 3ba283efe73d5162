# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`adapt`: turn recordings of a robot into a better model of its camera, and prove it."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.stopping import INTERRUPTED, StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.training.adaptation.config import AdaptConfig

NOT_BETTER = 3


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth adapt',
        allow_abbrev=False,
        usage='%(prog)s BAG [BAG ...] [--minutes X] [options] -o FOLDER',
        description='Adapt a bundle to the camera of recordings: grade them, train within a '
        'budget, compare on their held-out end, and write the bundle if it is better, with a '
        'report of before and after.',
        epilog='Exit code: 0 if the new bundle is better (or after --grade-only); 3 if the old '
        'bundle is kept, as no network was better; 1 on an error; 130 if interrupted.',
    )
    made.add_argument('bags', nargs='+', metavar='BAG', help='recordings of one camera')
    made.add_argument('-o', '--output', type=Path, metavar='FOLDER', help='output folder')
    made.add_argument(
        '--grade-only', action='store_true', help='grade the recordings, and train nothing'
    )
    made.add_argument(
        '--overwrite', action='store_true', help='replace the bundle of an earlier adaptation'
    )
    made.add_argument(
        '--progress',
        choices=('auto', 'lines', 'none'),
        default='auto',
        help='auto: progress bars on a terminal, otherwise lines [auto]',
    )
    add_options(made.add_argument_group('settings'), AdaptConfig)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if not options.output and not options.grade_only:
        made.error('-o FOLDER is missing (--grade-only needs none)')
    config = chosen(options, AdaptConfig)
    stop = StopRequest()
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.training.adaptation.run import run_adaptation
        from thermal_depth_ros.training.engine.callbacks import progress_callback
    with progress_callback(options.progress, stop.ask) as callback:
        output = None if options.grade_only else options.output
        better = run_adaptation(
            tuple(options.bags), config, output, callback, stop, overwrite=options.overwrite
        )
    if better is None:
        return INTERRUPTED
    return 0 if better else NOT_BETTER
