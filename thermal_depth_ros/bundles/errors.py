# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The exception of this room."""

from collections.abc import Sequence
from pathlib import Path

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.base.wire_text import bounded

_MOST_PROBLEMS = 20


class BundleError(ThermalDepthError, ValueError):
    """A model bundle cannot be found, read or written; the message names everything wrong."""

    def __init__(self, where: str | Path, problems: Sequence[str]) -> None:
        self.where = str(where)
        self.problems = tuple(bounded(problems, _MOST_PROBLEMS))
        super().__init__(f'{where}: ' + '; '.join(self.problems))
