# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Makes untrusted text safe for logs, diagnostics and terminals: escaped and bounded.

Frame ids, topic names, encodings, class names, node names and the error texts that quote them come
from messages and recordings. Line breaks in them forge lines of a log, escape codes steer a
terminal, and a megabyte of them fills a disk.
"""

import re
from collections.abc import Iterable, Sequence

LONGEST_NAME = 120  # characters shown of one name
LONGEST_TEXT = 2000  # characters shown of one sentence
MOST_NAMES = 12  # names shown of a list

# What moves the cursor, hides text or changes its direction. Line breaks and tabs stay.
_STEERING = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]')


def printable(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return a text as one line: what cannot be printed is escaped, what is too long is cut.

    Args:
        text: Anything; its `str` is taken.
        longest: Characters to keep.

    Returns:
        The text itself where it is short and printable. Otherwise characters that are not
        printable stand there as in a Python literal, and a text that was cut says how long it is.
    """
    whole = str(text)
    kept = whole[:longest]
    if not kept.isprintable():
        kept = ''.join(c if c.isprintable() else _escape(c) for c in kept)[: 2 * longest]
    return kept if len(whole) <= longest else f'{kept}... ({len(whole)} characters)'


def printable_lines(text: object, longest: int = 20 * LONGEST_TEXT) -> str:
    """Return a text of several lines, such as a stack trace, with each line made printable."""
    whole = str(text)
    lines = [printable(line) for line in whole[:longest].split('\n')]
    if len(whole) > longest:
        lines[-1] += f'... ({len(whole)} characters)'
    return '\n'.join(lines)


def name_of(text: object) -> str:
    """Return the name of a topic, node, frame or type, printable and of sensible length."""
    return printable(text, LONGEST_NAME)


def listed(names: Iterable[object], most: int = MOST_NAMES) -> str:
    """Return names separated by commas, 'none' where there is none; a long list is counted."""
    every = [*names]
    shown = ', '.join(name_of(name) for name in every[:most])
    return f'{shown} and {len(every) - most} more' if len(every) > most else shown or 'none'


def bounded(lines: Sequence[str], most: int = MOST_NAMES) -> list[str]:
    """Return the first of some lines of a message, and one that counts the others."""
    more = len(lines) - most
    return [*lines[:most], f'and {more} more like the last'] if more > 1 else list(lines)


def without_control_codes(text: str) -> str:
    """Return a text with everything escaped that would steer a terminal, except line breaks."""
    return _STEERING.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    return character.encode('unicode_escape').decode('ascii')
