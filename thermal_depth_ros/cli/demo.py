# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`thermal-depth demo`: a real recording through the running vehicle, and a report about it."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from thermal_depth_ros.nodes.stopping import interrupt_on_sigterm

if TYPE_CHECKING:
    from thermal_depth_ros.demo.material import Material
    from thermal_depth_ros.demo.outcome import Outcome

RATES = (0.05, 20.0)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth demo',
        description='Start the camera nodes, play a recording into them over DDS in real time, '
        'record everything they publish, and write a report to look at.',
        epilog='Writes OUT/report.html, OUT/metrics.json, OUT/recording (MCAP) and OUT/logs.',
    )
    made.add_argument(
        '-o', '--output', type=Path, default=Path('out/demo'), help='folder [%(default)s]'
    )
    made.add_argument(
        '--recording', type=Path, help='recording to play [the shipped thermal and RGB pair]'
    )
    made.add_argument('--thermal-bundle', metavar='BUNDLE', help='model bundle, name or path')
    made.add_argument('--rgb-bundle', metavar='BUNDLE', help='model bundle, name or path')
    made.add_argument('--device', help='compute device of the networks, as cpu or cuda [auto]')
    made.add_argument('--rate', type=_rate, default=1.0, help='speed of the replay [%(default)s]')
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the demo; return 0, or 1 with one clear line where it did not come to its end."""
    options = parser().parse_args(argv)
    interrupt_on_sigterm()
    from thermal_depth_ros.bags.errors import BagError
    from thermal_depth_ros.demo.errors import DemoError

    try:
        return _run(options)
    except (DemoError, BagError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
    except ImportError as error:
        print(f'error: {error}; `make setup` prepares the environment', file=sys.stderr)
    return 1


def _run(options: argparse.Namespace) -> int:
    from thermal_depth_ros.demo.material import find_material
    from thermal_depth_ros.demo.stage import Choices, Stage

    started = time.monotonic()
    material = find_material(options.recording)
    given = {'thermal': options.thermal_bundle, 'rgb': options.rgb_bundle}
    bundles = {kind: name for kind, name in given.items() if name and kind in material.kinds}
    choices = Choices(bundles, options.device, options.rate)
    _say(f'starting the camera nodes: {", ".join(material.kinds)}')
    stage = Stage(material, choices, options.output, _say)
    performance = stage.perform()
    _say('reading back what was recorded')
    from thermal_depth_ros.demo.outcome import write_outcome

    outcome = write_outcome(material, stage.recording, performance, options.output)
    _show(outcome, material, stage.recording, time.monotonic() - started)
    return 0


def _show(outcome: 'Outcome', material: 'Material', recording: Path, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    from thermal_depth_ros.demo.outcome import summary_rows

    console = Console(highlight=False)
    table = Table(title='frames, and milliseconds from stamp to publication', title_justify='left')
    table.add_column('camera')
    for heading in ('sent', 'received', 'done', 'dropped', 'p50 / p95 / p99'):
        table.add_column(heading, justify='right')
    for row in summary_rows(outcome, material):
        table.add_row(*row)
    console.print(table)
    if outcome.untrained:
        names = ' and '.join(outcome.untrained)
        console.print(
            f'[bold]Untrained weights ({names}): rates, latency and drops are real, '
            'the depth, motion and classes mean nothing.[/bold]'
        )
    console.print(f'report     {outcome.report}', soft_wrap=True)
    console.print(f'metrics    {outcome.metrics}', soft_wrap=True)
    console.print(f'recording  {recording}', soft_wrap=True)
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
    sys.exit(main())
