# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The exception of this room."""

from collections.abc import Sequence
from pathlib import Path


class BundleError(ValueError):
    """A model bundle cannot be found, read or written; the message names everything wrong."""

    def __init__(self, where: str | Path, problems: Sequence[str]) -> None:
        super().__init__(f'{where}: ' + '; '.join(problems))
        self.where = str(where)
        self.problems = tuple(problems)
