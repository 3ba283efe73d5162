# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors of the evaluation."""


class EvaluationError(ValueError):
    """Ground truth is missing, ambiguous or unsuitable; the message names recording and topic."""
