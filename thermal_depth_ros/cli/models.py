# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`models`: lists model bundles and what they were trained on."""

import argparse


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth models',
        description='List model bundles: kind of camera, what the networks learned from, unit of '
        'depth, odometry, classes, size, licence, and where they are.',
        epilog='Exit code: 1 if a bundle cannot be read (or, with --speed, cannot be run), '
        'otherwise 0.',
    )
    made.add_argument(
        'place',
        nargs='*',
        metavar='BUNDLE',
        help='bundles, by name or path, or folders of bundles [all that can be given by name: '
        'those shipped and those in the folders of $THERMAL_DEPTH_MODELS]',
    )
    made.add_argument(
        '--speed',
        action='store_true',
        help='measure the time of a frame on this machine (some seconds for each bundle)',
    )
    made.add_argument(
        '--device', default='auto', help='compute device for --speed, such as cpu [%(default)s]'
    )
    made.add_argument('--json', action='store_true', help='print JSON instead of a table')
    return made


def main(argv: list[str] | None = None) -> int:
    """List the bundles; return 1 if one of them cannot be read."""
    options = parser().parse_args(argv)
    from thermal_depth_ros.bench.models import show_models

    return 0 if show_models(options.place, options.speed, options.device, options.json) else 1
