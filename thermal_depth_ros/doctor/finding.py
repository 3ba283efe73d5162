# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Result of one check; untrusted names and texts are made printable here."""

import dataclasses
import enum

from thermal_depth_ros.base.wire_text import printable


class State(enum.Enum):
    """Result of a check: FAIL means something does not work, WARN that it is limited."""

    OK = 'OK'
    WARN = 'WARN'
    FAIL = 'FAIL'


@dataclasses.dataclass(frozen=True)
class Finding:
    """One check: subject, result, description and advice."""

    name: str
    state: State
    text: str
    advice: str = ''


def ok(name: str, text: str) -> Finding:
    """Return an OK finding."""
    return _finding(name, State.OK, text, '')


def warn(name: str, text: str, advice: str = '') -> Finding:
    """Return a WARN finding."""
    return _finding(name, State.WARN, text, advice)


def fail(name: str, text: str, advice: str = '') -> Finding:
    """Return a FAIL finding."""
    return _finding(name, State.FAIL, text, advice)


def _finding(name: str, state: State, text: str, advice: str) -> Finding:
    return Finding(printable(name), state, printable(text), printable(advice))
