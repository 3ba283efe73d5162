# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Limits on decompressed data per process, set by environment variables.

A few kilobytes of a compressed file can declare any size. Everything that is decompressed or
decoded is checked against one of these limits before memory is allocated for it.
"""

import dataclasses
import os

from thermal_depth_ros.base.settings import SettingsError


@dataclasses.dataclass(frozen=True)
class Limit:
    """One limit: its environment variable and its default."""

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
