# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The console of commands that show tables and bars."""

import contextlib
import sys
import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from thermal_depth_ros.base.wire_text import without_control_codes

_PAGE_WIDTH = 160  # of tables in a file or pipe
_PLAIN_PERIOD_S = 5.0
Begin = Callable[[str, int], Callable[[], None]]


class Screen(Console):
    """A console that shows texts as they are.

    Names of topics, frames and classes come from recordings: brackets in them are no markup, and
    control characters are escaped. What rich itself draws is not touched.
    """

    def __init__(self, file: IO[str] | None = None, **options: Any) -> None:
        """Make a console; see rich.console.Console.

        Args:
            file: Output stream; standard output if None.
            options: Passed on.
        """
        shown = getattr(sys.stdout, 'rich_proxied_file', sys.stdout) if file is None else file
        super().__init__(file=shown, markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Turn a text into what tables and lines are laid out of, escaped."""
        return super().render_str(without_control_codes(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does; control characters that are left in texts are escaped."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(without_control_codes(segment.text), segment.style)


def output_screen() -> Screen:
    """Return the screen on standard output; in a file or pipe lines are not wrapped."""
    plain = not sys.stdout.isatty()
    return Screen(width=_PAGE_WIDTH if plain else None, soft_wrap=plain)


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    left: Container[int] = (0,),
) -> Table:
    """Return a table.

    Args:
        title: Title above it.
        columns: Headings.
        rows: Cells of each row.
        left: Indices of the columns that are aligned to the left.
    """
    shown = Table(title=title, title_justify='left')
    for place, name in enumerate(columns):
        shown.add_column(name, justify='left' if place in left else 'right')
    for row in rows:
        shown.add_row(*row)
    return shown


@contextlib.contextmanager
def progress(screen: Console, transient: bool = False) -> Iterator[Begin]:
    """Show bars, or a line every few seconds where the output is no terminal.

    Args:
        screen: Console to draw on.
        transient: Whether the bars are removed at the end.

    Yields:
        A function that takes a name and a number of steps, and returns what to call after each.
    """
    if not screen.is_terminal:
        yield lambda name, total: _plain_steps(screen, name, total)
        return
    columns = (TextColumn('{task.description}', markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=screen, transient=transient) as bars:

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
            screen.print(f'{name}: {done} of {total}')

    return advance
