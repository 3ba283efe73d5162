# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth demo`: recordings through the running vehicle, and a report about them."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros.base.remedies import require_middleware

if TYPE_CHECKING:
    from thermal_depth_ros.demo.acts import Act
    from thermal_depth_ros.demo.outcome import Outcome, Played
    from thermal_depth_ros.demo.stage import Choices

RATES = (0.05, 20.0)
ACTS = ('real', 'synthetic', 'day', 'night')


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth demo',
        description='Start the camera nodes, play recordings into them over DDS in real time, '
        'record everything they publish, and write an HTML report. Without '
        '--recording there are four acts: the real recordings shipped with the '
        'package, a synthetic drive with known depth and motion, and a second '
        'synthetic drive by day and by night for the RGB camera, shown side by side '
        'in the report.',
        epilog='Writes OUT/report.html and OUT/metrics.json, and for each act OUT/ACT/recording '
        '(MCAP) and OUT/ACT/logs. Synthetic drives are kept in OUT/ACT/drive.',
    )
    made.add_argument(
        '-o', '--output', type=Path, default=Path('out/demo'), help='output folder [%(default)s]'
    )
    source = made.add_mutually_exclusive_group()
    source.add_argument('--recording', type=Path, help='play only this recording')
    source.add_argument('--act', nargs='+', choices=ACTS, help='play only these acts')
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
    from thermal_depth_ros.demo.acts import PROGRAMME, own_act
    from thermal_depth_ros.demo.outcome import write_outcome
    from thermal_depth_ros.demo.stage import Choices

    started = time.monotonic()
    given = {'thermal': options.thermal_bundle, 'rgb': options.rgb_bundle}
    bundles = {kind: name for kind, name in given.items() if name}
    choices = Choices(bundles, options.device, options.rate)
    acts: Sequence[Act] = [act for act in PROGRAMME if act.name in (options.act or ACTS)]
    if options.recording:
        acts = [own_act(options.recording)]
    played = [_play(act, choices, options.output / act.name) for act in acts]
    _say('writing the report')
    outcome = write_outcome(played, options.output)
    _show(outcome, played, time.monotonic() - started)
    return 0


def _play(act: 'Act', choices: 'Choices', folder: Path) -> 'Played':
    from thermal_depth_ros.demo.acts import prepare
    from thermal_depth_ros.demo.stage import Stage

    _say(f'{act.name}: {act.title}')
    material = prepare(act, folder, _say)
    _say(f'starting the camera nodes: {", ".join(material.kinds)}')
    stage = Stage(material, choices, folder, _say)
    performance = stage.perform()
    _say('reading back what was recorded')
    from thermal_depth_ros.demo.outcome import read_back

    return read_back(act, material, stage.recording, stage.logs, performance)


def _show(outcome: 'Outcome', played: Sequence['Played'], seconds: float) -> None:
    from rich.table import Table

    from thermal_depth_ros.base.screen import Screen
    from thermal_depth_ros.demo.summary import HEADINGS, night_lines, summary_rows, truth_lines

    console = Screen()
    table = Table(title='frames, and milliseconds from stamp to publication', title_justify='left')
    for place, heading in enumerate(HEADINGS):
        table.add_column(heading, justify='left' if place < 2 else 'right')
    for one in played:
        for row in summary_rows(one):
            table.add_row(*row)
    console.print(table)
    for one in played:
        for line in truth_lines(one):
            console.print(line, markup=False)
    for line in night_lines(played):
        console.print(line, markup=False)
    if outcome.untrained:
        names = ' and '.join(outcome.untrained)
        console.print(
            f'Untrained weights ({names}): rates, latency and drops are real, '
            'the depth, motion and classes mean nothing.',
            style='bold',
        )
    for one in played:
        console.print(f'recording  {one.scene.recording}', soft_wrap=True)
    console.print(f'report     {outcome.report}', soft_wrap=True)
    console.print(f'metrics    {outcome.metrics}', soft_wrap=True)
    console.print(f'done in {seconds:.0f} s')


def _say(text: str) -> None:
    print(text, flush=True)


def _rate(text: str) -> float:
    value = float(text)
    low, high = RATES
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f'{text} is not between {low:g} and {high:g}')
    return value


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import demo

    sys.exit(demo())
