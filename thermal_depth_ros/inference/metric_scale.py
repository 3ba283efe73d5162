# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Metric scale (metres per network unit): from the bundle, a setting, or wheel odometry.

A monocular network estimates depth and translation up to a common factor. Both are multiplied by
the factor from this module, and its source is reported with every output.
"""

import bisect
import dataclasses
import math
import statistics
import threading
from collections import deque
from collections.abc import Sequence

import numpy as np

SEGMENT_M = 0.5  # wheel travel per ratio
MIN_TRAVEL_M = 2.0  # wheel travel before the first estimate
WINDOW_RATIOS = 40  # median over the latest ratios: 20 m of travel
MIN_WHEEL_SPEED_MPS = 0.1  # slower intervals are dominated by noise
MAX_WHEEL_GAP_NS = 1_000_000_000  # no interpolation across longer gaps
FARTHEST_M = 1e9  # larger positions are invalid
MAX_WHEEL_SAMPLES = 4096
MAX_PENDING = 64


@dataclasses.dataclass(frozen=True)
class _Motion:
    """Network motion between two frames, in axes of the base frame."""

    start_ns: int
    end_ns: int
    translation: np.ndarray  # (3,) network units, of the camera
    swing_m: np.ndarray  # (3,) metres that the base moves because the camera turns around it


class WheelScale:
    """Ratio of the distance measured by the wheels to that estimated by the network.

    Wheel positions may arrive from another thread than the motions, and a little later.
    """

    def __init__(self, window: int = WINDOW_RATIOS) -> None:
        """Begin without travel; `window` is the number of ratios that are kept."""
        self._lock = threading.Lock()
        self._stamps: list[int] = []
        self._positions: list[np.ndarray] = []
        self._pending: deque[_Motion] = deque(maxlen=MAX_PENDING)
        self._ratios: deque[float] = deque(maxlen=window)
        self._segment_wheel_m = 0.0
        self._segment_network = 0.0

    def add(self, stamp_ns: int, position: Sequence[float]) -> bool:
        """Add a wheel odometry position (x, y, z) in metres; return whether it is valid.

        A decreasing stamp or a long gap starts a new path; a repeated stamp is ignored.
        """
        point = np.array(position, np.float64)
        if point.shape != (3,) or not (np.abs(point) <= FARTHEST_M).all():
            return False
        with self._lock:
            if self._stamps and stamp_ns == self._stamps[-1]:
                return True
            if self._stamps and not 0 < stamp_ns - self._stamps[-1] <= MAX_WHEEL_GAP_NS:
                self._stamps.clear()
                self._positions.clear()
            self._stamps.append(stamp_ns)
            self._positions.append(point)
            if len(self._stamps) > 2 * MAX_WHEEL_SAMPLES:
                del self._stamps[:MAX_WHEEL_SAMPLES]
                del self._positions[:MAX_WHEEL_SAMPLES]
        return True

    def observe(
        self,
        start_ns: int,
        end_ns: int,
        T_previous_current: np.ndarray,
        T_base_optical: np.ndarray | None,
    ) -> None:
        """Add a network motion: the pose of the current camera in the previous one, unscaled.

        Without the mounting of the camera, the camera is assumed to be at the base frame.
        """
        T_mount = np.eye(4) if T_base_optical is None else T_base_optical
        mount, lever = T_mount[:3, :3], T_mount[:3, 3]
        turn = mount @ T_previous_current[:3, :3] @ mount.T
        motion = _Motion(start_ns, end_ns, mount @ T_previous_current[:3, 3], lever - turn @ lever)
        with self._lock:
            self._pending.append(motion)
            while self._pending and self._stamps and self._pending[0].end_ns <= self._stamps[-1]:
                self._settle(self._pending.popleft())

    def reset(self) -> None:
        """Discard positions and motions, but keep the scale, which survives a time jump."""
        with self._lock:
            self._stamps.clear()
            self._positions.clear()
            self._pending.clear()
            self._segment_wheel_m = self._segment_network = 0.0

    @property
    def ratios(self) -> tuple[float, ...]:
        """Metres per network unit of each SEGMENT_M of travel, latest last."""
        with self._lock:
            return tuple(self._ratios)

    @property
    def travelled_m(self) -> float:
        """Wheel travel used by the current estimate."""
        return len(self._ratios) * SEGMENT_M

    @property
    def factor(self) -> float | None:
        """Metres per network unit, or None before enough travel."""
        with self._lock:
            if self.travelled_m < MIN_TRAVEL_M:
                return None
            return statistics.median(self._ratios)

    def _settle(self, motion: _Motion) -> None:
        start, end = self._position_at(motion.start_ns), self._position_at(motion.end_ns)
        seconds = (motion.end_ns - motion.start_ns) * 1e-9
        if start is None or end is None or seconds <= 0:
            return
        wheel_m = float(np.linalg.norm(end - start))
        if wheel_m < MIN_WHEEL_SPEED_MPS * seconds:
            return
        factor = solve_scale(motion.translation, motion.swing_m, wheel_m)
        if factor is None:
            return
        self._segment_wheel_m += wheel_m
        self._segment_network += wheel_m / factor
        if self._segment_wheel_m >= SEGMENT_M:
            self._ratios.append(self._segment_wheel_m / self._segment_network)
            self._segment_wheel_m = self._segment_network = 0.0

    def _position_at(self, stamp_ns: int) -> np.ndarray | None:
        after = bisect.bisect_left(self._stamps, stamp_ns)
        if after == len(self._stamps):
            return None
        if self._stamps[after] == stamp_ns:
            return self._positions[after]
        if after == 0:
            return None
        t0, t1 = self._stamps[after - 1], self._stamps[after]
        share = (stamp_ns - t0) / (t1 - t0)
        return self._positions[after - 1] * (1 - share) + self._positions[after] * share


def solve_scale(translation: np.ndarray, swing_m: np.ndarray, wheel_m: float) -> float | None:
    """Return s > 0 with |s * translation + swing| = wheel_m, or None if it is not unique.

    The base moves by the scaled camera translation plus the swing of the lever arm, which is
    already metric. Turning on the spot does not determine the scale.
    """
    a, b = float(translation @ translation), float(translation @ swing_m)
    c = float(swing_m @ swing_m) - wheel_m * wheel_m
    if c >= 0 or not a > 1e-18:
        return None
    factor = (math.sqrt(b * b - a * c) - b) / a
    return factor if math.isfinite(factor) and factor > 0 else None


def scaled_motion(T: np.ndarray, factor: float) -> np.ndarray:
    """Return a motion (4, 4) with its translation multiplied by the factor."""
    scaled: np.ndarray = T.copy()
    scaled[:3, 3] *= factor
    return scaled
