# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of recordings."""

from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError


class BagError(ThermalDepthError, ValueError):
    """A recording cannot be read or written; the message names the file or topic and why."""


class NoRecordingError(BagError):
    """A folder holds no recording."""

    def __init__(self, folder: Path) -> None:
        """Set the folder."""
        super().__init__(
            f'{folder}: no recording in this folder (.mcap, .db3, .bag; '
            'or Thermal/ or RGB/ with images as .png or .jpg)'
        )
        self.folder = folder


class UndecodableError(BagError):
    """A message is damaged: its bytes do not fit its type."""


class UnsupportedTypeError(BagError):
    """A message may be intact, but its type or serialisation is unknown."""
