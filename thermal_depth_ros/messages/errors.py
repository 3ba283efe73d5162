# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a message, in one sentence."""

from thermal_depth_ros.wire_text import printable

_LONGEST_VALUE = 80


class MessageError(ValueError):
    """A message cannot be used; names the field, its value and the reason.

    The topic is not known here: whoever received the message puts it in front.
    """

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f'{field} is {_shown(value)}: {printable(reason)}')
        self.field = field
        self.value = value
        self.reason = reason


class UnsupportedError(MessageError):
    """A message is whole, but of an encoding or a codec that is not read; the reason says so."""


def _shown(value: object) -> str:
    """Return a value as a literal, of which a long one is cut."""
    if isinstance(value, (str, bytes)):
        value = value[: _LONGEST_VALUE + 1]  # a literal of megabytes is not even made
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f'{text[:_LONGEST_VALUE]}...'
