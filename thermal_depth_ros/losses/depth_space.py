# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Quantities in which a loss can compare two depth maps."""

import torch

SPACES = ('depth', 'disp', 'log')


def in_space(disparity: torch.Tensor, space: str) -> torch.Tensor:
    """Return disparity (1 / depth, positive) for 'disp', 'depth', or its logarithm for 'log'.

    Squared differences of depth are dominated by the few distant pixels, those of disparity by the
    near ones; those of the logarithm are relative errors, equal at any distance.

    Raises:
        ValueError: Unknown space.
    """
    if space not in SPACES:
        raise ValueError(f'space {space!r} is not one of {", ".join(SPACES)}')
    if space == 'disp':
        return disparity
    return 1.0 / disparity if space == 'depth' else -disparity.log()
