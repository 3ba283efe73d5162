# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""In which quantity two depth maps are compared by a loss."""

import torch

SPACES = ('depth', 'disp')


def in_space(disparity: torch.Tensor, space: str) -> torch.Tensor:
    """Return disparity (1 / depth, positive) as it is for 'disp', or depth for 'depth'.

    Squared differences of depth are ruled by the few far pixels, those of disparity by the near
    ones (method 9.2).

    Raises:
        ValueError: another space.
    """
    if space not in SPACES:
        raise ValueError(f'space {space!r} is not one of {", ".join(SPACES)}')
    return disparity if space == 'disp' else 1.0 / disparity
