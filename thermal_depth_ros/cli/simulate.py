# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""`simulate`: synthetic drives with exact depth, labels and motion, written as recordings."""

import argparse
import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.writer import COMPRESSIONS
from thermal_depth_ros.base.stopping import StopRequest
from thermal_depth_ros.cli.config_options import add_options, chosen
from thermal_depth_ros.simulation.config import SimulationConfig

INTERRUPTED = 130
_PLAIN_PERIOD_S = 5.0
_MOST_DRIVES = 100_000


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST_DRIVES:
        raise argparse.ArgumentTypeError(f'{number} is not between 1 and {_MOST_DRIVES}')
    return number


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog='thermal-depth simulate',
        allow_abbrev=False,
        description='Simulate drives of a thermal and an RGB camera through streets and yards '
        'and write them as MCAP, with exact depth, labels and motion. The same seed '
        'and settings give the same bytes.',
        epilog='Exit code: 0 if everything was written, 1 on an error, 130 if interrupted; '
        'the file written until then is readable.',
    )
    made.add_argument(
        '-o',
        '--output',
        type=Path,
        help='output folder; with --count, a folder of drives named by their seeds',
    )
    made.add_argument(
        '--count',
        type=_positive,
        default=None,
        metavar='K',
        help='simulate K drives with consecutive seeds, starting at --seed',
    )
    made.add_argument('--force', action='store_true', help='replace existing recordings')
    made.add_argument(
        '--compression',
        choices=COMPRESSIONS,
        default='zstd',
        help='compression of the output [zstd]',
    )
    made.add_argument(
        '--benchmark',
        nargs='?',
        type=_positive,
        const=20,
        metavar='N',
        help='write nothing; measure frames per second over N frames of each kind of world [20]',
    )
    add_options(made.add_argument_group('drive'), SimulationConfig)
    return made


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    made = parser()
    options = made.parse_args(argv)
    if options.output is None and options.benchmark is None:
        made.error('the following arguments are required: -o/--output')
    stop = StopRequest()
    stop.install()
    config = chosen(options, SimulationConfig)
    if options.benchmark is not None:
        return _benchmark(config, options.benchmark)
    return _write(config, options, stop)


def drives(config: SimulationConfig, output: Path, count: int | None) -> list[tuple[Path, Any]]:
    """Return where each drive goes, and its configuration."""
    if count is None:
        return [(output, config)]
    last = config.seed + count - 1
    width = max(4, len(str(last)))
    return [
        (output / f'seed_{seed:0{width}}', dataclasses.replace(config, seed=seed))
        for seed in range(config.seed, last + 1)
    ]


def _write(config: SimulationConfig, options: argparse.Namespace, stop: StopRequest) -> int:
    from thermal_depth_ros.simulation.drive import Drive
    from thermal_depth_ros.simulation.drive_writer import write_drive

    planned = drives(config, options.output, options.count)
    if not options.force:
        taken = [str(path) for path, _ in planned if path.exists()]
        if taken:
            raise BagError(f'{", ".join(taken)}: exists already; --force replaces it')
    for path, one in planned:
        path.parent.mkdir(parents=True, exist_ok=True)
        drive = Drive(one)
        with _progress(path.name, len(drive.schedule())) as advance:
            written = write_drive(
                drive,
                path,
                overwrite=options.force,
                compression=options.compression,
                advance=advance,
                stopped=lambda: stop.asked,
            )
        if stop.asked:
            print(f'interrupted: {path} ends where the work stopped', file=sys.stderr)
            return INTERRUPTED
        frames = ', '.join(f'{count} {kind}' for kind, count in written.frames.items())
        print(
            f'{path}: {frames} frames, {written.shutter_frames} of them behind the shutter, '
            f'{written.distance_m:.1f} m driven'
        )
    return 0


@contextlib.contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[], None]]:
    """Show a bar, or a line now and then where the output is no terminal."""
    from rich.progress import Progress

    from thermal_depth_ros.base.screen import Screen

    if sys.stdout.isatty():
        with Progress(transient=True, console=Screen()) as bar:
            task = bar.add_task(name, total=total)
            yield lambda: bar.advance(task)
        return
    done, last = 0, time.monotonic()

    def advance() -> None:
        nonlocal done, last
        done += 1
        if time.monotonic() - last >= _PLAIN_PERIOD_S:
            last = time.monotonic()
            print(f'{name}: {done} of {total} images', flush=True)

    yield advance


def _benchmark(config: SimulationConfig, frames: int) -> int:
    from thermal_depth_ros.simulation.benchmark import TARGET_FPS, measure

    size = f'{config.thermal_width}x{config.thermal_height}'
    print(f'thermal {size}, RGB {config.rgb_width}x{config.rgb_height}, device {config.device}')
    print('one frame = thermal + RGB + depth and labels of both')
    print(f'{"world":<16}{"set up s":>9}{"made/s":>9}{"written/s":>11}{"MiB/frame":>11}')
    slowest = float('inf')
    for speed in measure(config, frames):
        name = f'{speed.scene}, {speed.light}'
        print(
            f'{name:<16}{speed.set_up_s:>9.2f}{speed.render_fps:>9.1f}'
            f'{speed.write_fps:>11.1f}{speed.mib_per_frame:>11.2f}'
        )
        slowest = min(slowest, speed.write_fps)
    verdict = 'met' if slowest >= TARGET_FPS else 'missed'
    print(f'slowest {slowest:.1f} frames/s written; target {TARGET_FPS:g}: {verdict}')
    return 0
