# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the evaluation."""

from thermal_depth_ros.base.errors import ThermalDepthError


class EvaluationError(ThermalDepthError, ValueError):
    """Ground truth is missing, ambiguous or unsuitable; the message names recording and topic."""
