# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Conversion of network outputs to disparity and depth."""

import dataclasses

import torch

from thermal_depth_ros.networks.architecture import (
    DEPTH_M,
    DISPARITY,
    RELATIVE,
    OutputArchitecture,
)

_FARTHEST = 1e-6  # smallest disparity: what is not nearer than that has no distance
_NEAREST_M = 1e-6


@dataclasses.dataclass(frozen=True)
class OutputMapping:
    """Mapping from the last layer of a depth network to disparity (see `OutputArchitecture`)."""

    output: str = DISPARITY
    scale: float = 1.0
    shift: float = 0.0
    max_depth_m: float = 80.0

    @classmethod
    def of(cls, architecture: OutputArchitecture) -> 'OutputMapping':
        """Return the mapping that an architecture describes."""
        return cls(
            architecture.output,
            architecture.output_scale,
            architecture.output_shift,
            architecture.output_max_depth_m,
        )

    def __call__(self, raw: torch.Tensor) -> torch.Tensor:
        """Return positive disparity of the same shape."""
        if self.output == RELATIVE:
            return (self.scale * raw.relu() + self.shift).clamp_min(_FARTHEST)
        if self.output == DEPTH_M:
            return 1.0 / (self.max_depth_m * torch.sigmoid(raw)).clamp_min(_NEAREST_M)
        return bounded_disparity(raw)


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
