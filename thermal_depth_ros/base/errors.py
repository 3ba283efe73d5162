# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Base class of the errors of this package."""


class ThermalDepthError(Exception):
    """Expected error; its message names the file, topic or setting, and `cli.main` prints it."""
