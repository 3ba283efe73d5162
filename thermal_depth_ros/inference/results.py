# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Results of a camera pipeline. Arrays have input resolution and are owned by the caller."""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np

OdometryState = Literal['first', 'tracking', 'lost']


@dataclasses.dataclass(frozen=True)
class Loss:
    """Reason for lost odometry."""

    kind: str  # one of few, for counting
    text: str  # with the values of this frame

    @classmethod
    def plain(cls, kind: str) -> 'Loss':
        """Return a loss whose text equals its kind."""
        return cls(kind, kind)


@dataclasses.dataclass(frozen=True)
class MetricScale:
    """Conversion of network units to metres."""

    factor: float  # metres per network unit, applied to depth and translation alike
    metric: bool  # False: the factor is a guess, and "metres" are network units
    source: str  # source of the factor, in words


@dataclasses.dataclass(frozen=True, eq=False)
class DepthResult:
    """Depth along the camera's z axis, with invalid values by REP 117."""

    depth_m: np.ndarray  # (H, W) float32; NaN bad, +Inf too far or sky, -Inf too near
    confidence: np.ndarray | None  # (H, W) float32 in [0, 1]; None if not requested


@dataclasses.dataclass(frozen=True, eq=False)
class SemanticResult:
    """Class of every pixel."""

    labels: np.ndarray  # (H, W) uint8 class id, 255 unlabelled
    confidence: np.ndarray | None  # (H, W) float32 in [0, 1]; None if not requested


@dataclasses.dataclass(frozen=True, eq=False)
class OdometryResult:
    """Pose and twist of the body. Orders of six are x, y, z, rotX, rotY, rotZ (REP 103)."""

    T_odom_base: np.ndarray  # (4, 4) float64, maps points of the base frame into odom
    twist_base: np.ndarray  # (6,) m/s and rad/s in the base frame
    pose_covariance: np.ndarray  # (6, 6), never zero; 9999 on the diagonal when lost
    twist_covariance: np.ndarray  # (6, 6), never zero; 9999 on the diagonal when unknown
    state: OdometryState
    reason: str = ''  # why tracking is lost
    loss_kind: str = ''  # the reason without values, for counting


@dataclasses.dataclass(frozen=True, eq=False)
class CameraOutput:
    """Outputs of one frame; None if not requested or not possible."""

    depth: DepthResult | None
    semantics: SemanticResult | None
    odometry: OdometryResult | None
    scale: MetricScale
    timings_ms: Mapping[str, float]  # wall time of each part of the work
    withheld: Mapping[str, str] = dataclasses.field(default_factory=dict)
    # requested output (key of contract.OUTPUTS) -> why it is missing
