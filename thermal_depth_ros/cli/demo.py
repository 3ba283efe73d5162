# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth demo`: recordings through the running vehicle, and a report about them."""

import argparse
from pathlib import Path

from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.settings import warn_renamed

RATES = (0.05, 20.0)
SCENARIO_NAMES = ('street', 'real', 'synthetic', 'day', 'night')


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth demo',
        description='Start the camera nodes, play recordings into them over DDS in real time, '
        'record everything they publish, and write an HTML report. Without '
        '--recording it plays five scenarios: the real recordings shipped with the '
        'package, first a street with the points of a LiDAR as ground truth, then a '
        'synthetic drive with known depth and motion, and a second synthetic drive by day '
        'and by night for the RGB camera, compared in the report.',
        epilog='Writes OUT/report.html and OUT/metrics.json, and for each scenario '
        'OUT/SCENARIO/recording (MCAP) and OUT/SCENARIO/logs. Synthetic drives are kept in '
        'OUT/SCENARIO/drive.',
    )
    made.add_argument(
        '-o', '--output', type=Path, default=Path('out/demo'), help='output folder [%(default)s]'
    )
    source = made.add_mutually_exclusive_group()
    source.add_argument('--recording', type=Path, help='play only this recording')
    source.add_argument(
        '--scenario', nargs='+', choices=SCENARIO_NAMES, help='play only these scenarios'
    )
    source.add_argument('--act', nargs='+', choices=SCENARIO_NAMES, help=argparse.SUPPRESS)
    made.add_argument(
        '--thermal-bundle', metavar='BUNDLE', help='thermal model bundle, name or path'
    )
    made.add_argument('--rgb-bundle', metavar='BUNDLE', help='RGB model bundle, name or path')
    made.add_argument('--device', help='compute device of the networks, such as cpu or cuda [auto]')
    made.add_argument(
        '--rate', type=_rate, default=1.0, help='playback speed relative to real time [%(default)s]'
    )
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the demo; return 0."""
    options = parser().parse_args(argv)
    require_middleware()
    from thermal_depth_ros.demo.playback import NodeOptions
    from thermal_depth_ros.demo.run import run_demo
    from thermal_depth_ros.demo.scenarios import SCENARIOS, own_scenario

    given = {'thermal': options.thermal_bundle, 'rgb': options.rgb_bundle}
    bundles = {kind: name for kind, name in given.items() if name}
    if options.act:
        warn_renamed('--act is deprecated: it is called --scenario now')
    names = options.scenario or options.act or SCENARIO_NAMES
    scenarios = [entry for entry in SCENARIOS if entry.name in names]
    if options.recording:
        scenarios = [own_scenario(options.recording)]
    run_demo(scenarios, NodeOptions(bundles, options.device, options.rate), options.output)
    return 0


def _rate(text: str) -> float:
    value = float(text)
    low, high = RATES
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f'{text} is not between {low:g} and {high:g}')
    return value
