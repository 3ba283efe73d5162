# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The plan of a frame, which decides what is computed and what is withheld, and its outcome."""

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager

import numpy as np

from thermal_depth_ros.base.contract import OUTPUTS
from thermal_depth_ros.frames.config import ALL_FIELDS, CameraConfig, RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import (
    CameraFrame,
    DepthResult,
    MetricScale,
    OdometryResult,
    SemanticResult,
)


class Stopwatch:
    """Sums milliseconds per named step."""

    def __init__(self, synchronise: Callable[[], None] | None = None) -> None:
        """Set the function that waits for the end of a step, such as a GPU queue."""
        self.ms: dict[str, float] = {}
        self._synchronise = synchronise

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add the time within the context to a named step."""
        start = time.perf_counter()
        yield
        if self._synchronise is not None:
            self._synchronise()
        elapsed = (time.perf_counter() - start) * 1e3
        self.ms[name] = self.ms.get(name, 0.0) + elapsed


ODOMETRY = frozenset({'odometry', 'tf'})
SEMANTICS = frozenset({'semantic', 'semantic_confidence', 'overlay', 'label_info'})
_NEEDS_CALIBRATION = ODOMETRY | {'points'}
_NEEDS_DEPTH = frozenset({'depth', 'confidence', 'colour', 'points'})
_NEEDS_CLASSES = frozenset({'semantic', 'semantic_confidence', 'overlay'})


@dataclasses.dataclass(frozen=True)
class FramePlan:
    """Outputs and processing steps of one frame.

    Attributes:
        wanted: Outputs (keys of contract.OUTPUTS) that are computed and published.
        withheld: Requested outputs that are not, with reasons, in order of their names.
        calibration_problem: Why the intrinsics of the frame cannot be used; '' if they can.
        depth: Whether depth is computed.
        depth_confidence: Whether the confidence of the depth is computed.
        semantics: Whether classes are computed.
        semantic_confidence: Whether the confidence of the classes is computed.
        odometry: Whether motion is estimated.
    """

    wanted: frozenset[str] = frozenset()
    withheld: Mapping[str, str] = dataclasses.field(default_factory=dict)
    calibration_problem: str = ''
    depth: bool = False
    depth_confidence: bool = False
    semantics: bool = False
    semantic_confidence: bool = False
    odometry: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class CameraOutput:
    """Outputs of one frame; what the plan does not want is None."""

    depth: DepthResult | None
    semantics: SemanticResult | None
    odometry: OdometryResult | None
    scale: MetricScale
    timings_ms: Mapping[str, float]  # wall time of each processing step
    plan: FramePlan


def plan_frame(
    config: CameraConfig,
    frame: CameraFrame,
    requested: Set[str],
    T_base_optical: np.ndarray | None,
    *,
    extrinsics_problem: str = '',
    unsupported: Mapping[str, str] | None = None,
) -> FramePlan:
    """Plan a frame.

    Where several reasons forbid an output, the one that no other frame would change comes first:
    the bundle, then the settings, the calibration, and the transform.

    Args:
        config: Settings of the camera.
        frame: The frame.
        requested: Keys of contract.OUTPUTS of the camera kind.
        T_base_optical: (4, 4) pose of the camera on the body, or None if it is not known.
        extrinsics_problem: Why it is not known.
        unsupported: Outputs that the bundle never provides, with reasons.

    Raises:
        ValueError: An output does not belong to this camera kind.
    """
    _check_known(config.kind, requested)
    if isinstance(config, ThermalConfig) and not config.publish_tf:
        requested = requested - {'tf'}
    calibration_problem = frame.calibration_problem
    reasons = dict(unsupported or {})
    if isinstance(config, ThermalConfig) and not config.odometry:
        reasons |= dict.fromkeys(ODOMETRY, 'switched off by the parameter odometry')
    if calibration_problem:
        reasons = dict.fromkeys(_NEEDS_CALIBRATION, calibration_problem) | reasons
        if not frame.camera_fits:
            reasons['camera_info'] = calibration_problem
    if isinstance(config, ThermalConfig) and T_base_optical is None:
        missing = f'no transform from {frame.frame_id!r} to {config.base_frame!r}'
        reasons = dict.fromkeys(ODOMETRY, extrinsics_problem or missing) | reasons
    withheld = {key: reasons[key] for key in sorted(requested) if key in reasons}
    wanted = frozenset(requested - withheld.keys())
    return _with_steps(config, FramePlan(wanted, withheld, calibration_problem), reasons)


def _with_steps(config: CameraConfig, plan: FramePlan, reasons: Mapping[str, str]) -> FramePlan:
    """Add the steps that the wanted outputs require."""
    wanted = plan.wanted
    depth = bool(wanted & _NEEDS_DEPTH)
    confidence = 'confidence' in wanted or (depth and config.min_confidence > 0.0)
    classes = False
    if isinstance(config, RgbConfig):
        full_cloud = 'points' in wanted and config.point_fields == ALL_FIELDS
        confidence |= full_cloud
        classes = bool(wanted & _NEEDS_CLASSES) or full_cloud or (depth and config.sky_is_far)
    return dataclasses.replace(
        plan,
        depth=depth,
        depth_confidence=confidence,
        semantics=classes and 'semantic' not in reasons,
        semantic_confidence='semantic_confidence' in wanted,
        odometry=bool(wanted & ODOMETRY),
    )


def _check_known(kind: str, requested: Set[str]) -> None:
    unknown = sorted(requested - OUTPUTS[kind].keys())
    if unknown:
        known = ', '.join(OUTPUTS[kind])
        raise ValueError(f'{kind} camera has no output {", ".join(unknown)}; it has {known}')
