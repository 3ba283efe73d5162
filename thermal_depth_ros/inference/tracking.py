# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Selects pairs of frames for motion estimation, and detects loss of tracking."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from thermal_depth_ros.frames.frame import Loss, MetricScale, OdometryResult
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.inference.metric_scale import scaled_motion
from thermal_depth_ros.inference.odometry import OdometryIntegrator, base_motion


@dataclasses.dataclass(frozen=True, eq=False)
class TrackedFrame:
    """State of a frame that is kept until the next one is compared with it."""

    stamp_ns: int
    frame_id: str
    size: tuple[int, int]  # height, width of the camera image
    blank: bool  # constant image: nothing can be estimated from it
    image: Any  # tensor (1, C, h, w), input of the pose network
    focal_ratio: float = 1.0  # focal length relative to that of the canonical camera
    depth: Any = None  # tensor (1, 1, h, w) in network units, if computed


_REPEATED = Loss.plain('stamp repeats the one before')
MotionEstimate = Callable[[TrackedFrame, TrackedFrame], np.ndarray]


def frame_problem(current: TrackedFrame) -> Loss | None:
    """Return why a frame cannot be used in any pair, or None."""
    if current.blank:
        return Loss.plain('constant image')
    if current.stamp_ns == 0:
        return Loss.plain('stamp is zero')
    return None


def pair_problem(previous: TrackedFrame, current: TrackedFrame, max_gap_s: float) -> Loss | None:
    """Return why no motion can be estimated between two usable frames, or None."""
    dt_s = seconds_between(previous, current)
    if dt_s == 0:
        return _REPEATED
    if dt_s < 0:
        return Loss('stamp goes backward', f'stamp goes backward by {-dt_s:.3g} s')
    if previous.frame_id != current.frame_id:
        names = f'{previous.frame_id!r} to {current.frame_id!r}'
        return Loss('frame_id changed', f'frame changed from {names}')
    if previous.size != current.size:
        (h0, w0), (h1, w1) = previous.size, current.size
        return Loss('image size changed', f'image size changed from {w0}x{h0} to {w1}x{h1}')
    if dt_s > max_gap_s:
        return Loss('gap above odometry_max_gap_s', f'gap of {dt_s:.1f} s above {max_gap_s:g} s')
    return None


def comparable(previous: TrackedFrame | None, current: TrackedFrame, max_gap_s: float) -> bool:
    """Whether two frames show the same scene in quick succession."""
    if previous is None or frame_problem(previous) or frame_problem(current):
        return False
    return pair_problem(previous, current, max_gap_s) is None


def seconds_between(previous: TrackedFrame, current: TrackedFrame) -> float:
    """Return the time between two frames."""
    return (current.stamp_ns - previous.stamp_ns) * 1e-9


class OdometryTracker:
    """Tracks the body from frame to frame; freezes the pose, with a reason, when it cannot.

    A blank frame or a repeated stamp is skipped: the next good frame is compared with the last
    good one, so that a shutter event loses no travel.
    """

    def __init__(self, covariance_scale: float = 1.0) -> None:
        """Begin at the origin; see OdometryIntegrator."""
        self._integrator = OdometryIntegrator(covariance_scale)
        self._reference: TrackedFrame | None = None

    def reset(self) -> None:
        """Restart at the origin."""
        self._integrator.reset()
        self._reference = None

    def track(
        self,
        current: TrackedFrame,
        estimate: MotionEstimate,
        scale: MetricScale,
        T_base_optical: np.ndarray,
        *,
        max_gap_s: float,
        max_speed_mps: float,
    ) -> OdometryResult:
        """Advance to a frame; `estimate` returns T_{previous->current} in network units."""
        problem = frame_problem(current)
        if problem:
            return self._integrator.hold(problem)
        previous = self._reference
        if previous is None:
            self._reference = current
            return self._integrator.start()
        dt_s = seconds_between(previous, current)
        if dt_s == 0:
            return self._integrator.hold(_REPEATED)
        self._reference = current
        problem = pair_problem(previous, current, max_gap_s)
        if problem:
            return self._integrator.hold(problem, max(dt_s, 0.0))
        T_current_previous = estimate(previous, current)
        if not np.isfinite(T_current_previous).all():
            return self._integrator.hold(Loss.plain('motion is not finite'), dt_s)
        T_previous_current = scaled_motion(rigid.invert(T_current_previous), scale.factor)
        speed = _speed(T_previous_current, T_base_optical, dt_s)
        if speed > max_speed_mps:
            text = f'speed {speed:.0f} m/s above {max_speed_mps:g} m/s'
            return self._integrator.hold(Loss('speed above odometry_max_speed_mps', text), dt_s)
        return self._integrator.advance(T_previous_current, dt_s, T_base_optical, scale.metric)


def _speed(T_previous_current: np.ndarray, T_base_optical: np.ndarray, dt_s: float) -> float:
    motion = base_motion(T_previous_current, T_base_optical)
    return float(np.linalg.norm(motion[:3, 3])) / dt_s
