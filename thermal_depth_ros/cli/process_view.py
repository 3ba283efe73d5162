# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Terminal output of `process`: progress and a result table."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from thermal_depth_ros.base.screen import Screen
from thermal_depth_ros.offline.processing import CameraProcessor

_PLAIN_WIDTH = 120
_PLAIN_PERIOD_S = 5.0


def console() -> Console:
    """Return a console that does not truncate lines if it is not a terminal."""
    plain = not sys.stdout.isatty()
    return Screen(width=_PLAIN_WIDTH if plain else None, soft_wrap=plain)


@contextlib.contextmanager
def progress(
    screen: Console, cameras: Sequence[tuple[CameraProcessor, int]]
) -> Iterator[Callable[[], None]]:
    """Show a bar per camera, or a line now and then where the output is no terminal.

    Args:
        screen: Console to draw on.
        cameras: Each with the number of frames it has.

    Yields:
        A function to call after every frame.
    """
    if not screen.is_terminal:
        yield _plain_lines(screen, cameras)
        return
    columns = (TextColumn('{task.description}', markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen) as bars:
        tasks = [
            (bars.add_task(camera.stream.image_topic, total=total), camera)
            for camera, total in cameras
        ]

        def advance() -> None:
            for task, camera in tasks:
                bars.update(task, completed=camera.tally.frames_in)

        yield advance


def _plain_lines(
    screen: Console, cameras: Sequence[tuple[CameraProcessor, int]]
) -> Callable[[], None]:
    last = time.monotonic()

    def advance() -> None:
        nonlocal last
        if time.monotonic() - last < _PLAIN_PERIOD_S:
            return
        last = time.monotonic()
        done = ', '.join(
            f'{camera.stream.image_topic} {camera.tally.frames_in} of {total}'
            for camera, total in cameras
        )
        screen.print(done, markup=False)

    return advance


def show_result(screen: Console, processors: Sequence[CameraProcessor]) -> None:
    """Show the table of frames and what was dropped or could not be made."""
    table = Table(title='frames', title_justify='left')
    for name in ('camera', 'kind'):
        table.add_column(name)
    for name in ('in', 'out', 'dropped', 'odometry lost', 'ms/frame'):
        table.add_column(name, justify='right')
    for processor in processors:
        tally = processor.tally
        table.add_row(
            processor.stream.image_topic,
            processor.stream.kind,
            str(tally.frames_in),
            str(tally.frames_out),
            str(sum(tally.dropped.values())),
            str(sum(tally.odometry_lost.values())),
            f'{tally.ms_per_frame:.1f}',
        )
    screen.print(table)
    for processor in processors:
        for line in _remarks(processor):
            screen.print(f'{processor.stream.image_topic}: {line}', markup=False)


def _remarks(processor: CameraProcessor) -> Iterator[str]:
    for reason, count in processor.tally.dropped.items():
        yield f'{count} frames dropped: {reason}'
    for (count, reason), outputs in _outputs_by_reason(processor.tally.withheld).items():
        yield f'{count} frames without {", ".join(outputs)}: {reason}'
    for kind, count in processor.tally.odometry_lost.items():
        yield f'odometry lost at {count} frames: {kind}'
    for warning in processor.tally.warnings.values():
        yield f'warning: {warning}'
    for note in processor.tally.notes.values():
        yield f'first: {note}'


def _outputs_by_reason(withheld: Mapping[str, int]) -> dict[tuple[int, str], list[str]]:
    """Group outputs that are missing in equally many frames for the same reason."""
    grouped: dict[tuple[int, str], list[str]] = {}
    for text, count in withheld.items():
        output, _, reason = text.partition(': ')
        grouped.setdefault((count, reason), []).append(output)
    return grouped
