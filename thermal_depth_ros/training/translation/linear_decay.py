# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Learning rate schedule of CycleGAN: constant, then linear decay to 0."""


def linear_decay(epoch: int, constant_epochs: int = 100, decay_epochs: int = 100) -> float:
    """Return the factor on the learning rate in an epoch, counted from 0.

    1 - max(0, epoch + 1 - constant_epochs) / (decay_epochs + 1), and 0 after the last epoch. The
    last epoch still has a factor of 1 / (decay_epochs + 1).
    """
    late = max(0, epoch + 1 - constant_epochs)
    return max(0.0, 1.0 - late / (decay_epochs + 1))
