# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Invalid depth according to REP 117: too near is -Inf, too far +Inf, unreliable NaN."""

import numpy as np


def mark_invalid_depth(
    depth_m: np.ndarray,
    min_depth_m: float,
    max_depth_m: float,
    *,
    unreliable: np.ndarray | None = None,
    sky: np.ndarray | None = None,
) -> np.ndarray:
    """Mark invalid depth in place and return the array.

    Args:
        depth_m: (H, W) float32 depth; NaN stays NaN.
        min_depth_m: Nearer depth becomes -Inf.
        max_depth_m: Farther depth becomes +Inf.
        unreliable: (H, W) bool, becomes a quiet NaN.
        sky: (H, W) bool, becomes +Inf regardless of the depth.
    """
    too_near = depth_m < min_depth_m
    too_far = depth_m > max_depth_m
    np.putmask(depth_m, too_near, -np.inf)
    np.putmask(depth_m, too_far, np.inf)
    if unreliable is not None:
        np.putmask(depth_m, unreliable, np.nan)
    if sky is not None:
        np.putmask(depth_m, sky, np.inf)
    return depth_m
