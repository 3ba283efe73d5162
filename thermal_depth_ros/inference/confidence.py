# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Confidence of the depth of each pixel, from 0 to 1.

Both measures are one minus the relative difference |a - b| / (a + b) of two estimates of the
same depth: 1 where they agree, 2/3 where one is twice the other. It is the same number for depth
and for inverse depth, and does not change with the unknown scale.
"""

from collections.abc import Sequence

import torch

from thermal_depth_ros.geometry import warp

NOTHING_TO_COMPARE = 0.5


def relative_difference(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return |a - b| / (a + b) of two positive maps, clamped to [0, 1]."""
    return ((a - b).abs() / (a + b).clamp(min=1e-12)).clamp(0.0, 1.0)


def temporal_confidence(
    depth: torch.Tensor,
    previous_depth: torch.Tensor,
    T_current_previous: torch.Tensor,
    K: torch.Tensor,
) -> torch.Tensor:
    """Return 1 - D_diff (Fan et al. 2024): the consistency with the previous depth.

    The current depth is moved into the previous camera and compared there with the previous
    depth. Points that were out of view get 0.5.

    Args:
        depth: (B, 1, H, W) of the current frame, network units.
        previous_depth: (B, 1, H, W) of the frame before, network units.
        T_current_previous: (B, 4, 4), maps points of the current camera into the previous one.
        K: (B, 3, 3) intrinsics at the size of the maps.
    """
    seen = warp.project_grid(depth, T_current_previous, K)
    there = warp.sample(previous_depth, seen)
    confidence = 1.0 - relative_difference(seen.computed_depth, there)
    return torch.where(seen.valid & (there > 0), confidence, NOTHING_TO_COMPARE)


def scale_agreement(inverse_depths: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return 1 - mean_s |d_0 - d_s| / (d_0 + d_s) over the coarser scales s of a decoder.

    A decoder with several outputs estimates the same inverse depth from features of several
    resolutions; where the coarse ones contradict the finest, the finest is less certain.

    Args:
        inverse_depths: (B, 1, H, W) maps, finest first, all at one size.
    """
    finest, *coarser = inverse_depths
    if not coarser:
        return torch.full_like(finest, NOTHING_TO_COMPARE)
    differences = [relative_difference(finest, other) for other in coarser]
    return 1.0 - torch.stack(differences).mean(0)
