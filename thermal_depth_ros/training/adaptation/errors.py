# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the adaptation of a bundle to a recording."""

from thermal_depth_ros.base.errors import ThermalDepthError


class AdaptationError(ThermalDepthError, ValueError):
    """A bundle cannot be adapted to a recording; the message says what is missing."""
