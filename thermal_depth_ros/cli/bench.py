# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`bench`: measure this machine against targets."""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from thermal_depth_ros.base.remedies import missing_import, require_middleware
from thermal_depth_ros.base.text_output import write_text
from thermal_depth_ros.bench.measurement import Measurement

DEFAULT_SECONDS = 20.0
SOAK_SECONDS = 300.0
_PAGE_WIDTH = 160  # of a file or a pipe, which has none
Part = Callable[[], Iterable[Measurement]]


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth bench',
        description='Measure latency, throughput and memory. Without options, run everything '
        'except the soak test. A missed target is reported, but is not an error.',
    )
    made.add_argument(
        '--messages', action='store_true', help='conversion between messages and arrays'
    )
    made.add_argument(
        '--graph',
        action='store_true',
        help='two cameras at 30 Hz through the composed vehicle, with passthrough networks',
    )
    made.add_argument(
        '--efficiency', action='store_true', help='parameters and MACs of the networks'
    )
    made.add_argument(
        '--start-up', action='store_true', help='time from process start to active nodes'
    )
    made.add_argument(
        '--soak',
        type=positive,
        metavar='SECONDS',
        help=f'run the graph for this long and monitor its memory (--all: {SOAK_SECONDS:.0f})',
    )
    made.add_argument('--all', action='store_true', help='run all of these')
    made.add_argument(
        '--seconds',
        type=positive,
        default=DEFAULT_SECONDS,
        help='duration of each run of --graph (default: %(default)s)',
    )
    made.add_argument(
        '--json', type=Path, metavar='FILE', help='also write the results to this file'
    )
    return made


def positive(text: str) -> float:
    """Read a number of seconds from the command line."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f'{text} is not a positive number of seconds')
    return value


def chosen_parts(arguments: argparse.Namespace) -> Iterator[tuple[str, Part]]:
    """Pick the parts to run, by title; none chosen means all but the soak."""
    chosen = (arguments.messages, arguments.graph, arguments.efficiency, arguments.start_up)
    everything = arguments.all or not (any(chosen) or arguments.soak)
    soak = arguments.soak or (SOAK_SECONDS if arguments.all else None)
    if arguments.messages or everything:
        yield 'messages', _messages
    if arguments.efficiency or everything:
        yield 'efficiency', _efficiency
    if arguments.start_up or everything:
        yield 'start-up', _start_up
    if arguments.graph or everything:
        yield 'graph', lambda: _graph(arguments.seconds)
    if soak:
        yield 'soak', lambda: _soak(soak)


def _messages() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.messages import run_messages

    return run_messages()


def _efficiency() -> Iterable[Measurement]:
    from thermal_depth_ros.bench.efficiency_figures import run_efficiency

    return run_efficiency()


def _start_up() -> Iterable[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.start_up import run_start_up

    return run_start_up()


def _graph(seconds: float) -> Iterator[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.graph import CLOUDS, DEPTH, EVERYTHING, run_graph, summarise

    for load in (DEPTH, CLOUDS, EVERYTHING):
        yield from summarise(run_graph(load, seconds))


def _soak(seconds: float) -> Iterable[Measurement]:
    require_middleware()
    from thermal_depth_ros.bench.graph import CLOUDS, run_graph, summarise

    return summarise(run_graph(CLOUDS, seconds), title=f'soak of {seconds:.0f} s')


def print_table(title: str, found: list[Measurement]) -> None:
    """Print the figures of one part."""
    from rich.table import Table
    from rich.text import Text

    from thermal_depth_ros.base.screen import Screen

    verdicts = {True: Text('met', 'green'), False: Text('MISSED', 'bold red'), None: Text('')}
    table = Table(title=title, title_justify='left')
    for heading in ('', 'figure', 'value', 'target', '', ''):
        table.add_column(heading, justify='right' if heading == 'value' else 'left')
    group = None
    for item in found:
        shown = '' if item.group == group else item.group
        group = item.group
        known = math.isfinite(item.value)
        value = f'{item.value:.5g} {item.unit}'.rstrip() if known else 'unmeasured'
        row = (Text(shown), Text(item.name), value, item.bound, verdicts[item.met])
        table.add_row(*row, Text(item.detail))
    Screen(width=None if sys.stdout.isatty() else _PAGE_WIDTH).print(table)


def as_plain(item: Measurement) -> dict[str, Any]:
    """Return a value for JSON, which has no NaN."""
    return {
        'group': item.group,
        'name': item.name,
        'value': item.value if math.isfinite(item.value) else None,
        'unit': item.unit,
        'target': item.bound or None,
        'met': item.met,
        'detail': item.detail,
    }


def main(argv: list[str] | None = None) -> int:
    """Run the selected benchmarks; return 1 if one failed."""
    from thermal_depth_ros.bench.processes import BenchError

    arguments = parser().parse_args(argv)
    figures: list[Measurement] = []
    code = 0
    for title, part in chosen_parts(arguments):
        print(f'{title}: measuring ...', file=sys.stderr, flush=True)
        try:
            found = list(part())
        except (BenchError, ImportError) as error:
            reason = missing_import(error) if isinstance(error, ImportError) else error
            print(f'{title}: not measured: {reason}', file=sys.stderr)
            code = 1
            continue
        print_table(title, found)
        figures += found
    if arguments.json:
        write_text(arguments.json, json.dumps([as_plain(item) for item in figures], indent=2))
    return code


if __name__ == '__main__':
    from thermal_depth_ros.cli.executables import bench

    sys.exit(bench())
