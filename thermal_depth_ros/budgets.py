# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How much one process unpacks before it refuses: limits that an operator sets in the environment.

A compressed file says how large it will be, and a few kilobytes can say anything. Everything that
is decompressed or decoded is held against one of these limits before memory is allocated for it.
"""

import dataclasses
import os

from thermal_depth_ros.settings import SettingsError


@dataclasses.dataclass(frozen=True)
class Limit:
    """One limit: the environment variable that sets it, and its value where nobody does."""

    variable: str
    default: int
    unit: int  # what one of the variable is

    @property
    def value(self) -> int:
        """The limit in bytes or pixels.

        Raises:
            SettingsError: The variable is no positive whole number.
        """
        text = os.environ.get(self.variable, '').strip()
        if not text:
            return self.default * self.unit
        if not text.isdecimal() or not 0 < int(text) < 10**9:
            raise SettingsError(f'{self.variable}: {text[:40]!r} is not a positive whole number')
        return int(text) * self.unit


# Decompressed chunks and messages of all recordings that are read at the same time.
DECODED_BYTES = Limit('THERMAL_DEPTH_DECODED_MB', 2048, 1_000_000)
# Files of recordings that are compressed as a whole; they are unpacked into the temporary folder.
UNPACKED_BYTES = Limit('THERMAL_DEPTH_UNPACKED_MB', 64_000, 1_000_000)
# One image or map, where no setting and no camera_info says more.
IMAGE_PIXELS = Limit('THERMAL_DEPTH_IMAGE_MEGAPIXELS', 25, 1_000_000)
