# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a message, in one sentence."""

_LONGEST_VALUE = 80


class MessageError(ValueError):
    """A message cannot be used; names the field, its value and the reason.

    The topic is not known here: whoever received the message puts it in front.
    """

    def __init__(self, field: str, value: object, reason: str) -> None:
        text = repr(value)
        if len(text) > _LONGEST_VALUE:
            text = f'{text[:_LONGEST_VALUE]}...'
        super().__init__(f'{field} is {text}: {reason}')
        self.field = field
        self.value = value
        self.reason = reason


class UnsupportedError(MessageError):
    """A message is whole, but of an encoding or a codec that is not read; the reason says so."""
