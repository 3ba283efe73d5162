# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a recording."""


class BagError(ValueError):
    """A recording cannot be read or written; the message names the file or topic and why."""


class UndecodableError(BagError):
    """The bytes of a message do not fit its type: it is damaged."""


class UnsupportedTypeError(BagError):
    """A message may be whole, but its type or serialisation is not known."""
