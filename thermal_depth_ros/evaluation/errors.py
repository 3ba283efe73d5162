# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What keeps a recording from being evaluated, in one sentence."""


class EvaluationError(ValueError):
    """Ground truth is missing, ambiguous or does not fit; names the recording and the topic."""
