# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of network outputs to disparity and depth."""

import torch


def bounded_disparity(logit: torch.Tensor) -> torch.Tensor:
    """Map an unbounded output to disparity 10 * sigmoid + 0.01, that is depth 0.0999..100.

    The sigmoid keeps a gradient everywhere, which the ReLU of supervised DPT heads does not.
    """
    return 10.0 * torch.sigmoid(logit) + 0.01


def sigmoid_to_disparity(
    sigmoid: torch.Tensor, min_depth: float = 0.1, max_depth: float = 100.0
) -> torch.Tensor:
    """Map sigmoid outputs linearly to disparities between 1/max_depth and 1/min_depth.

    sigmoid 0.5 gives disparity 5.005 with the default range.
    """
    near, far = 1.0 / min_depth, 1.0 / max_depth
    return far + (near - far) * sigmoid


def sigmoid_to_depth(
    sigmoid: torch.Tensor, min_depth: float = 0.1, max_depth: float = 100.0
) -> torch.Tensor:
    """Map sigmoid outputs to depths between min_depth (sigmoid 1) and max_depth (sigmoid 0)."""
    return 1.0 / sigmoid_to_disparity(sigmoid, min_depth, max_depth)
