# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with a recording."""


class BagError(ValueError):
    """A recording cannot be read or written; the message names the file or topic and why."""
