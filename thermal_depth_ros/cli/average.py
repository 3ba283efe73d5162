# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`average`: the mean of the weights of bundles, of which each was trained from the one before."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.screen import output_screen
from thermal_depth_ros.cli.command_parser import command_parser

DESCRIPTION = """\
Write a bundle with the mean of the weights of others, each of which a training has made from the
one before it. On images unlike those of the training, the mean of a network before and after
further training often does better than either (WiSE-FT, Wortsman et al. 2022), and it runs as fast.
All else, such as description and scale, is that of the last bundle.
"""
EXAMPLES = """\
examples:
  thermal-depth average out/first/bundle out/second/bundle -o out/mean
  thermal-depth average out/first/bundle out/second/bundle -o out/mean \\
      --parts depthseg.depth_decoder

Exit code: 0 if the bundle was written, 1 on an error.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    usage = '%(prog)s BUNDLE BUNDLE [BUNDLE ...] -o FOLDER [options]'
    made = command_parser('average', DESCRIPTION, EXAMPLES, usage)
    made.add_argument('bundles', nargs='+', metavar='BUNDLE', help='names or folders of bundles')
    made.add_argument('-o', '--output', type=Path, required=True, help='folder of the new bundle')
    made.add_argument(
        '--parts',
        nargs='+',
        default=(),
        metavar='NAME',
        help='parts of the networks that are averaged, such as depthseg.depth_decoder; the others '
        'are those of the last bundle [all]',
    )
    made.add_argument('--force', action='store_true', help='replace an existing bundle')
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parser().parse_args(argv)
    if len(options.bundles) < 2:
        parser().error('BUNDLE: one alone has no mean; give two or more')
    from thermal_depth_ros.bundles.averaging import average_bundles

    average_bundles(options.bundles, options.output, options.parts, options.force)
    output_screen().print(f'mean of {len(options.bundles)} bundles: {options.output}')
    return 0
