# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Integrates camera motions to pose and twist of the body, with covariance and state.

The covariances follow a simple model: a fixed fraction of the distance travelled and of the angle
turned, with which the drift of visual odometry grows, plus a floor.
"""

import dataclasses

import numpy as np

from thermal_depth_ros.frames.frame import Loss, OdometryResult, OdometryState
from thermal_depth_ros.geometry import rigid

LOST_VARIANCE = 9999.0  # convention of rtabmap_ros and robot_localization for "do not trust"
POSITION_FLOOR_M = 0.02
ROTATION_FLOOR_RAD = 0.01
SPEED_FLOOR_MPS = 0.1
RATE_FLOOR_RADPS = 0.02
DRIFT_SHARE = 0.05  # of the distance travelled and of the angle turned
UNSCALED_SHARE = 1.0  # of the distance, where network units are not known to be metres
RAD_PER_METRE = 0.005  # rotation drift while going straight


@dataclasses.dataclass
class _Uncertainty:
    """Standard deviations accumulated since the start."""

    position_m: float = POSITION_FLOOR_M
    rotation_rad: float = ROTATION_FLOOR_RAD

    def grow(self, distance_m: float, angle_rad: float, share: float) -> None:
        self.position_m += share * distance_m
        self.rotation_rad += DRIFT_SHARE * angle_rad + RAD_PER_METRE * distance_m


class OdometryIntegrator:
    """Pose of the base frame in odom, advanced by the motion between two camera frames."""

    def __init__(self, covariance_scale: float = 1.0) -> None:
        """Begin at the origin.

        Args:
            covariance_scale: Factor of the covariances of metric motion, to which it was fitted.
        """
        self._covariance_scale = covariance_scale
        self.reset()

    def reset(self) -> None:
        """Move the base to the origin of odom and discard all state."""
        self._T_odom_base = np.eye(4)
        self._twist = np.zeros(6)
        self._uncertainty = _Uncertainty()
        self._factor = self._covariance_scale

    def start(self) -> OdometryResult:
        """Return the pose at the first frame, before any motion is known."""
        return self._result('first', '', self._pose_covariance(), _diagonal(LOST_VARIANCE))

    def hold(self, loss: Loss, unobserved_s: float = 0.0) -> OdometryResult:
        """Return the frozen pose, marked lost.

        The distance travelled meanwhile, at the last known speed, is added to the uncertainty of
        the pose after tracking resumes.
        """
        speed, rate = np.linalg.norm(self._twist[:3]), np.linalg.norm(self._twist[3:])
        self._uncertainty.position_m += float(speed) * unobserved_s
        self._uncertainty.rotation_rad += float(rate) * unobserved_s
        self._twist = np.zeros(6)
        unknown = _diagonal(LOST_VARIANCE)
        held = self._result('lost', loss.text, unknown, unknown)
        return dataclasses.replace(held, loss_kind=loss.kind)

    def advance(
        self,
        T_previous_current: np.ndarray,
        dt_s: float,
        T_base_optical: np.ndarray,
        metric: bool = True,
    ) -> OdometryResult:
        """Integrate the motion of the camera over dt_s > 0 seconds.

        Args:
            T_previous_current: Pose of the current camera in the previous one, metres. It is the
                inverse of the network's T_{prev->cur}, which maps points.
            dt_s: Time between the two frames.
            T_base_optical: Pose of the camera on the body.
            metric: Whether translations are metric; otherwise their uncertainty is larger.
        """
        motion = base_motion(T_previous_current, T_base_optical)
        self._T_odom_base = orthonormal(self._T_odom_base @ motion)
        step = rigid.logarithm(motion)
        self._twist = step / dt_s
        share = DRIFT_SHARE if metric else UNSCALED_SHARE
        self._factor = self._covariance_scale if metric else 1.0
        distance, angle = float(np.linalg.norm(step[:3])), float(np.linalg.norm(step[3:]))
        self._uncertainty.grow(distance, angle, share)
        return self._result('tracking', '', self._pose_covariance(), self._twist_covariance(share))

    def _pose_covariance(self) -> np.ndarray:
        known = self._uncertainty
        return self._factor * _diagonal(known.position_m**2, known.rotation_rad**2)

    def _twist_covariance(self, share: float) -> np.ndarray:
        speed, rate = np.linalg.norm(self._twist[:3]), np.linalg.norm(self._twist[3:])
        linear = SPEED_FLOOR_MPS + share * float(speed)
        angular = RATE_FLOOR_RADPS + DRIFT_SHARE * float(rate)
        return self._factor * _diagonal(linear**2, angular**2)

    def _result(
        self,
        state: OdometryState,
        reason: str,
        pose_covariance: np.ndarray,
        twist_covariance: np.ndarray,
    ) -> OdometryResult:
        return OdometryResult(
            self._T_odom_base.copy(),
            self._twist.copy(),
            pose_covariance,
            twist_covariance,
            state,
            reason,
        )


def base_motion(T_previous_current: np.ndarray, T_base_optical: np.ndarray) -> np.ndarray:
    """Convert a motion of the camera to the motion of its body."""
    motion: np.ndarray = T_base_optical @ T_previous_current @ rigid.invert(T_base_optical)
    return motion


def orthonormal(T: np.ndarray) -> np.ndarray:
    """Return the motion with the nearest rotation matrix, so that products stay orthogonal."""
    u, _, vt = np.linalg.svd(T[:3, :3])
    nearest: np.ndarray = T.copy()
    nearest[:3, :3] = u @ np.diag([1.0, 1.0, np.linalg.det(u @ vt)]) @ vt
    return nearest


def _diagonal(linear: float, angular: float | None = None) -> np.ndarray:
    angular = linear if angular is None else angular
    return np.diag([linear] * 3 + [angular] * 3)
