# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the adaptation of a bundle to a recording."""

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.training.engine.errors import TrainingError


class AdaptationError(ThermalDepthError, ValueError):
    """A bundle cannot be adapted to a recording; the message says what is missing."""


class CollapseError(TrainingError):
    """A network gives nearly the same depth everywhere; the message gives figures."""
