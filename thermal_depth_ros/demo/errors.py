# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the demo."""

from thermal_depth_ros.base.errors import ThermalDepthError


class DemoError(ThermalDepthError, ValueError):
    """The demo failed; the message names the failed part and its log."""
