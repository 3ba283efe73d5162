# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of messages."""

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import printable

_LONGEST_VALUE = 80


class MessageError(ThermalDepthError, ValueError):
    """A message is unusable; the text names the field, its value and the reason.

    The topic is unknown here; the receiver of the message prepends it.
    """

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f'{field} is {_shown(value)}: {printable(reason)}')
        self.field = field
        self.value = value
        self.reason = reason


class UnsupportedError(MessageError):
    """A message is intact, but its encoding or codec is not supported."""


def _shown(value: object) -> str:
    """Return a value as a literal, truncated if long."""
    if isinstance(value, (str, bytes)):
        value = value[: _LONGEST_VALUE + 1]  # avoids a literal of megabytes
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f'{text[:_LONGEST_VALUE]}...'
