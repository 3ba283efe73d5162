# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""In which quantity two depth maps are compared by a loss."""

import torch

SPACES = ('depth', 'disp', 'log')


def in_space(disparity: torch.Tensor, space: str) -> torch.Tensor:
    """Return disparity (1 / depth, positive) for 'disp', 'depth', or its logarithm for 'log'.

    Squared differences of depth are ruled by the few far pixels, those of disparity by the near
    ones; those of the logarithm are relative errors, the same at any distance.

    Raises:
        ValueError: Another space.
    """
    if space not in SPACES:
        raise ValueError(f'space {space!r} is not one of {", ".join(SPACES)}')
    if space == 'disp':
        return disparity
    return 1.0 / disparity if space == 'depth' else -disparity.log()
