# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the training data."""

from thermal_depth_ros.base.errors import ThermalDepthError


class SamplesError(ThermalDepthError, ValueError):
    """Recordings do not give the requested samples; the message names file, topic or setting."""
