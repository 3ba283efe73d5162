# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The console of commands that show tables and bars."""

import sys
from collections.abc import Iterable
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from thermal_depth_ros.base.wire_text import without_control_codes


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
