# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera pipeline returns. Arrays are at input resolution and belong to the reader."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np

OdometryState = Literal['first', 'tracking', 'lost']


@dataclasses.dataclass(frozen=True)
class Loss:
    """Why no motion of a frame is known."""

    kind: str  # one of few, to be counted by
    text: str  # with the values of this frame

    @classmethod
    def plain(cls, kind: str) -> 'Loss':
        """Return a loss whose kind says everything."""
        return cls(kind, kind)


@dataclasses.dataclass(frozen=True)
class MetricScale:
    """How network units become metres."""

    factor: float  # metres per network unit, applied to depth and translation alike
    metric: bool  # False: the factor is a guess, and "metres" are network units
    source: str  # where the factor comes from, in words


@dataclasses.dataclass(frozen=True, eq=False)
class DepthResult:
    """Depth along the camera's z axis, with invalid values by REP 117."""

    depth_m: np.ndarray  # (H, W) float32; NaN bad, +Inf too far or sky, -Inf too near
    confidence: np.ndarray | None  # (H, W) float32 in [0, 1]; None where nobody wanted it


@dataclasses.dataclass(frozen=True, eq=False)
class SemanticResult:
    """Class of every pixel."""

    labels: np.ndarray  # (H, W) uint8 class id, 255 unlabelled
    confidence: np.ndarray | None  # (H, W) float32 in [0, 1]; None where nobody wanted it


@dataclasses.dataclass(frozen=True, eq=False)
class OdometryResult:
    """Pose and twist of the body. Orders of six are x, y, z, rotX, rotY, rotZ (REP 103)."""

    T_odom_base: np.ndarray  # (4, 4) float64, maps points of the base frame into odom
    twist_base: np.ndarray  # (6,) m/s and rad/s in the base frame
    pose_covariance: np.ndarray  # (6, 6), never zero; 9999 on the diagonal when lost
    twist_covariance: np.ndarray  # (6, 6), never zero; 9999 on the diagonal when unknown
    state: OdometryState
    reason: str = ''  # why tracking is lost
    loss_kind: str = ''  # the same without values, to be counted by


@dataclasses.dataclass(frozen=True, eq=False)
class CameraOutput:
    """Everything made from one frame; None marks what was not wanted or could not be made."""

    depth: DepthResult | None
    semantics: SemanticResult | None
    odometry: OdometryResult | None
    scale: MetricScale
    timings_ms: Mapping[str, float]  # wall time of each part of the work
    withheld: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # wanted output (key of contract.OUTPUTS) -> why it is not made
