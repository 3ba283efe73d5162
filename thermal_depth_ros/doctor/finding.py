# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One thing that was checked. What others wrote into names and texts is made printable here."""

import dataclasses
import enum

from thermal_depth_ros.wire_text import printable


class State(enum.Enum):
    """How a check came out: FAIL keeps something from working, WARN takes something away."""

    OK = 'OK'
    WARN = 'WARN'
    FAIL = 'FAIL'


@dataclasses.dataclass(frozen=True)
class Finding:
    """A checked thing: what it is, how it came out, what was found, and what would help."""

    name: str
    state: State
    text: str
    advice: str = ''


def ok(name: str, text: str) -> Finding:
    """Make a finding with nothing to complain about."""
    return _finding(name, State.OK, text, '')


def warn(name: str, text: str, advice: str = '') -> Finding:
    """Make a finding that takes something away from the user."""
    return _finding(name, State.WARN, text, advice)


def fail(name: str, text: str, advice: str = '') -> Finding:
    """Make a finding that keeps something from working."""
    return _finding(name, State.FAIL, text, advice)


def _finding(name: str, state: State, text: str, advice: str) -> Finding:
    return Finding(printable(name), state, printable(text), printable(advice))
