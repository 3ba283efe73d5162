# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Escapes control codes in the output of commands, as names in recordings may contain them."""

import sys
from typing import Any, TextIO

from thermal_depth_ros.base.wire_text import without_control_codes


class EscapingStream:
    """A text stream in front of another; it escapes control characters except line breaks.

    Libraries that draw on a terminal themselves find the stream behind it, as rich does by the
    attribute `rich_proxied_file`.
    """

    def __init__(self, stream: TextIO) -> None:
        self.rich_proxied_file = stream

    def write(self, text: str) -> int:
        """Write a text, escaped; return the number of characters given."""
        self.rich_proxied_file.write(without_control_codes(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rich_proxied_file, name)


def guard_streams() -> None:
    """Escape everything that this process prints."""
    for name in ('stdout', 'stderr'):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, EscapingStream):
            setattr(sys, name, EscapingStream(stream))
