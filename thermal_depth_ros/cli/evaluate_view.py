# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Terminal output of `evaluate`: progress and result tables."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator

import rich.table
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from thermal_depth_ros.base.screen import Screen
from thermal_depth_ros.evaluation import tables
from thermal_depth_ros.evaluation.evaluation_page import CameraReport, EvaluationReport
from thermal_depth_ros.evaluation.tables import Table

_PLAIN_PERIOD_S = 5.0

Steps = Callable[[str, int], Callable[[], None]]


def silent_console() -> Console:
    """Return a console that shows nothing, for all processes but the first."""
    return Screen(file=io.StringIO())


@contextlib.contextmanager
def progress(screen: Console) -> Iterator[Steps]:
    """Show a bar for each recording, or a line now and then where the output is no terminal.

    Yields:
        A function that takes a name and a number of steps, and returns what to call after each.
    """
    if not screen.is_terminal:
        yield lambda name, total: _plain_steps(screen, name, total)
        return
    columns = (TextColumn('{task.description}', markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen) as bars:

        def begin(name: str, total: int) -> Callable[[], None]:
            task = bars.add_task(name, total=total)
            return lambda: bars.advance(task)

        yield begin


def _plain_steps(screen: Console, name: str, total: int) -> Callable[[], None]:
    done, last = 0, time.monotonic()

    def advance() -> None:
        nonlocal done, last
        done += 1
        if time.monotonic() - last >= _PLAIN_PERIOD_S:
            last = time.monotonic()
            screen.print(f'{name}: {done} of {total}', markup=False)

    return advance


def show_report(screen: Console, report: EvaluationReport) -> None:
    """Show notes and problems, the tables of every camera, and conditions."""
    for note in report.notes:
        screen.print(f'note: {note}', markup=False)
    for problem in report.problems:
        screen.print(f'problem: {problem}', markup=False)
    for camera in report.cameras:
        for table, words in _camera_tables(camera):
            screen.print(_rich(table))
            if words:
                screen.print(words, markup=False)
    for condition in report.conditions:
        value = 'unknown' if condition.value is None else f'{condition.value:.4g}'
        word = 'met' if condition.met else 'missed'
        screen.print(f'{word}: {condition.condition} (is {value})', markup=False)


def _camera_tables(camera: CameraReport) -> Iterator[tuple[Table, str]]:
    kind, result = camera.kind, camera.result
    if result.depth is not None:
        words = f'protocol {camera.protocol}. {tables.depth_sentence(result.depth)}'
        yield tables.depth_table(kind, result.depth), words
        yield tables.distance_table(kind, result.depth), ''
    if result.pose is not None:
        yield tables.pose_table(kind, result.pose), tables.pose_sentence(result, result.pose)
    if result.drift:
        yield tables.drift_table(kind, result), ''
    if result.segmentation is not None:
        words = tables.class_sentence(result.segmentation)
        yield tables.class_table(kind, result.segmentation), words
    if len(camera.recordings) > 1:
        yield tables.recordings_table(kind, camera.recordings), ''


def _rich(table: Table) -> rich.table.Table:
    shown = rich.table.Table(title=table.title, title_justify='left')
    for place, name in enumerate(table.columns):
        shown.add_column(name, justify='right' if place else 'left')
    for row in table.rows:
        shown.add_row(*row)
    return shown
