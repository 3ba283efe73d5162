# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What ends a training with one clear message."""


class TrainingError(RuntimeError):
    """Training cannot start or go on; the message says why and what is left."""


class DivergenceError(TrainingError):
    """A loss is not finite or exploded; names the batch, which was saved."""
