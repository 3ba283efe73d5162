# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`bench`: measure this machine against targets."""

import argparse
import math
from pathlib import Path

PARTS = ('messages', 'evaluation', 'efficiency', 'engines', 'training', 'start-up', 'graph')
DEFAULT_SECONDS = 20.0
SOAK_SECONDS = 300.0
FEWEST_STEPS, MOST_STEPS = 8, 100_000


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
        '--evaluation',
        action='store_true',
        help='frames per second and memory of evaluate on recorded outputs',
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
        '--engines',
        action='store_true',
        help='the default bundles in PyTorch, ONNX Runtime and OpenVINO: times of a frame, memory',
    )
    made.add_argument(
        '--training',
        action='store_true',
        help='a training step in fp32 and with precision auto, by the recipes of the default '
        'bundles on simulated drives',
    )
    made.add_argument(
        '--curves',
        type=steps,
        metavar='STEPS',
        help='--training with so many steps of each, whose losses are kept, and a validation',
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
    made.add_argument(
        '--compare',
        nargs=2,
        type=Path,
        metavar=('BEFORE', 'AFTER'),
        help='measure nothing; compare two files of --json figure by figure',
    )
    return made


def positive(text: str) -> float:
    """Read a number of seconds from the command line."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f'{text} is not a positive number of seconds')
    return value


def steps(text: str) -> int:
    """Read a number of training steps from the command line."""
    value = int(text)
    if not FEWEST_STEPS <= value <= MOST_STEPS:
        raise argparse.ArgumentTypeError(
            f'{text} steps are not between {FEWEST_STEPS} and {MOST_STEPS}'
        )
    return value


def chosen_parts(arguments: argparse.Namespace) -> tuple[list[str], float | None]:
    """Return the titles of the parts to run, and the duration of the soak test, if any."""
    options = {name: getattr(arguments, name.replace('-', '_')) for name in PARTS}
    options['training'] |= arguments.curves is not None
    if arguments.all or not (any(options.values()) or arguments.soak):
        options = dict.fromkeys(PARTS, True)
    soak_s = arguments.soak or (SOAK_SECONDS if arguments.all else None)
    return [name for name, chosen in options.items() if chosen], soak_s


def main(argv: list[str] | None = None) -> int:
    """Run the selected benchmarks; return 1 if one failed."""
    arguments = parser().parse_args(argv)
    from thermal_depth_ros.bench.run import parts, run_benchmarks

    if arguments.compare:
        from thermal_depth_ros.bench.comparison import show_comparison

        show_comparison(*arguments.compare)
        return 0
    names, soak_s = chosen_parts(arguments)
    chosen = parts(names, arguments.seconds, soak_s, arguments.curves)
    return 0 if run_benchmarks(chosen, arguments.json) else 1
