# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth demo`: recordings through the running vehicle, and a report about them."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros.base.remedies import require_middleware
from thermal_depth_ros.base.settings import warn_renamed

if TYPE_CHECKING:
    from thermal_depth_ros.demo.playback import NodeOptions
    from thermal_depth_ros.demo.results import Outputs, ScenarioResult
    from thermal_depth_ros.demo.scenarios import Scenario

RATES = (0.05, 20.0)
SCENARIO_NAMES = ('real', 'synthetic', 'day', 'night')


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth demo',
        description='Start the camera nodes, play recordings into them over DDS in real time, '
        'record everything they publish, and write an HTML report. Without '
        '--recording it plays four scenarios: the real recordings shipped with the '
        'package, a synthetic drive with known depth and motion, and a second '
        'synthetic drive by day and by night for the RGB camera, compared '
        'in the report.',
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
    from thermal_depth_ros.demo.results import write_outputs
    from thermal_depth_ros.demo.scenarios import SCENARIOS, own_scenario

    started = time.monotonic()
    given = {'thermal': options.thermal_bundle, 'rgb': options.rgb_bundle}
    bundles = {kind: name for kind, name in given.items() if name}
    node_options = NodeOptions(bundles, options.device, options.rate)
    if options.act:
        warn_renamed('--act is deprecated: it is called --scenario now')
    names = options.scenario or options.act or SCENARIO_NAMES
    scenarios: Sequence[Scenario] = [entry for entry in SCENARIOS if entry.name in names]
    if options.recording:
        scenarios = [own_scenario(options.recording)]
    results = [_play(entry, node_options, options.output / entry.name) for entry in scenarios]
    _say('writing the report')
    outputs = write_outputs(results, options.output)
    _show(outputs, results, time.monotonic() - started)
    return 0


def _play(scenario: 'Scenario', node_options: 'NodeOptions', folder: Path) -> 'ScenarioResult':
    from thermal_depth_ros.demo.playback import Playback
    from thermal_depth_ros.demo.scenarios import prepare

    _say(f'{scenario.name}: {scenario.title}')
    source = prepare(scenario, folder, _say)
    _say(f'starting the camera nodes: {", ".join(source.kinds)}')
    playback = Playback(source, node_options, folder, _say)
    measured = playback.run()
    _say('reading the recorded outputs')
    from thermal_depth_ros.demo.results import read_result

    return read_result(scenario, source, playback.recording, playback.logs, measured)


def _show(outputs: 'Outputs', results: Sequence['ScenarioResult'], seconds: float) -> None:
    from rich.table import Table

    from thermal_depth_ros.base.screen import Screen
    from thermal_depth_ros.demo.summary import HEADINGS, night_lines, summary_rows, truth_lines

    console = Screen()
    table = Table(title='frames, and milliseconds from stamp to publication', title_justify='left')
    for place, heading in enumerate(HEADINGS):
        table.add_column(heading, justify='left' if place < 2 else 'right')
    for result in results:
        for row in summary_rows(result):
            table.add_row(*row)
    console.print(table)
    for result in results:
        for line in truth_lines(result):
            console.print(line, markup=False)
    for line in night_lines(results):
        console.print(line, markup=False)
    if outputs.untrained:
        names = ' and '.join(outputs.untrained)
        console.print(
            f'Untrained weights ({names}): rates, latency and drops are real; depth, motion and '
            'classes are meaningless.',
            style='bold',
        )
    for result in results:
        console.print(f'recording  {result.scene.recording}', soft_wrap=True)
    console.print(f'report     {outputs.report}', soft_wrap=True)
    console.print(f'metrics    {outputs.metrics}', soft_wrap=True)
    console.print(f'done in {seconds:.0f} s')


def _say(text: str) -> None:
    print(text, flush=True)


def _rate(text: str) -> float:
    value = float(text)
    low, high = RATES
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f'{text} is not between {low:g} and {high:g}')
    return value
