# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors that end a training with one clear message."""

from thermal_depth_ros.base.errors import ThermalDepthError


class TrainingError(ThermalDepthError, RuntimeError):
    """Training cannot start or continue; the message says why and what is kept."""


class DivergenceError(TrainingError):
    """A loss is not finite or exploded; the message names the saved batch."""
