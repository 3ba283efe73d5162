# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`features`: how alike a backbone finds RGB and thermal images of one moment."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.evaluate import tolerance

_MOST_PAIRS = 10_000


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth features',
        allow_abbrev=False,
        description='Compare the features that the backbone of a bundle has of RGB and thermal '
        'images of the same time, and of different times: cosine similarities, scatter charts and '
        'pictures of the features, as in Fig. 1 of Fan et al. 2024. Writes features.json and '
        'report.html.',
    )
    made.add_argument(
        'recording',
        nargs='+',
        type=Path,
        help='recordings with an RGB and a thermal camera',
    )
    made.add_argument(
        '--bundle',
        action='append',
        required=True,
        metavar='NAME',
        help='bundle of either kind of camera, name or path, whose backbone is looked at; may be '
        'repeated (docs/models.md tells how to import pre-trained ones)',
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        default=Path('out/features'),
        metavar='FOLDER',
        help='folder of the results [%(default)s]',
    )
    made.add_argument(
        '--pairs',
        type=int,
        default=100,
        metavar='N',
        help='most pairs of images of each recording, spread evenly [%(default)s]',
    )
    for kind in (RGB, THERMAL):
        made.add_argument(
            f'--{kind}', default='', metavar='TOPIC', help=f'image topic of the {kind} camera'
        )
    made.add_argument(
        '--tolerance',
        type=tolerance,
        default=0.05,
        metavar='S',
        help='largest time between the images of a pair, s [%(default)g]',
    )
    made.add_argument('--device', default='auto', help='compute device [%(default)s]')
    made.add_argument(
        '--threads', type=int, default=0, help='CPU threads; 0 leaves the choice to PyTorch [0]'
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if not 1 <= options.pairs <= _MOST_PAIRS:
        made.error(f'argument --pairs: {options.pairs} is not in 1..{_MOST_PAIRS}')
    stop = StopRequest('interrupted: nothing was written')
    stop.install()
    with stop.interrupting():
        from thermal_depth_ros.evaluation.features.run import FeatureJob, compare_features

        job = FeatureJob(
            recordings=options.recording,
            bundles=options.bundle,
            topics={RGB: options.rgb, THERMAL: options.thermal},
            pairs=options.pairs,
            tolerance_s=options.tolerance,
            device=options.device,
            threads=options.threads,
            output=options.output,
        )
        compare_features(job, lambda: stop.asked)
    return 0
