# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A camera frame, and what a pipeline computes from it."""

import dataclasses
from typing import Literal

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import crop_hint

SMALLEST_SIDE_PX = 4
MOST_ELONGATED = 16

OdometryState = Literal['first', 'tracking', 'lost']


class InferenceError(ThermalDepthError, ValueError):
    """A frame is unusable; the message names the field and its value."""


@dataclasses.dataclass(frozen=True, eq=False)
class CameraFrame:
    """An image with its stamp, optical frame and camera."""

    stamp_ns: int  # acquisition time
    frame_id: str  # optical frame: z forward, x right, y down
    image: np.ndarray  # thermal: (H, W) uint8 AGC or uint16 counts; rgb: (H, W, 3) uint8 R, G, B
    camera: PinholeCamera | None = None  # None without calibration
    camera_problem: str = ''  # why camera_info gives no camera; '' if none was received

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.image.shape[0], self.image.shape[1]

    @property
    def camera_fits(self) -> bool:
        """Whether there is a camera of the size of the image, calibrated or not."""
        return self.camera is not None and (self.camera.height, self.camera.width) == self.size

    @property
    def calibration_problem(self) -> str:
        """Why the intrinsics cannot be used; '' if they can."""
        camera = self.camera
        if camera is None:
            return self.camera_problem or 'no camera_info'
        if not self.camera_fits:
            height, width = self.size
            hint = crop_hint(self.size, (camera.height, camera.width))
            sizes = (
                f'camera_info is for {camera.width}x{camera.height}, the image is {width}x{height}'
            )
            return f'{sizes}: {hint}' if hint else sizes
        return '' if camera.calibrated else f'camera is uncalibrated ({camera.flaw})'


def checked_image(kind: str, image: np.ndarray) -> np.ndarray:
    """Return the image of a camera kind as a contiguous native-endian array.

    Raises:
        InferenceError: Shape or pixel type do not match the camera kind, or the image is too small
            or too elongated.
    """
    channels, depths = {THERMAL: ((), (1, 2)), RGB: ((3,), (1,))}[kind]
    if image.ndim < 2 or image.shape[2:] != channels or 0 in image.shape:
        wanted = '(H, W)' if kind == THERMAL else '(H, W, 3)'
        raise InferenceError(f'{kind} image: shape {image.shape} is not {wanted}')
    if image.dtype.kind != 'u' or image.dtype.itemsize not in depths:
        wanted = 'uint8 or uint16' if kind == THERMAL else 'uint8'
        raise InferenceError(f'{kind} image: pixels of type {image.dtype} are not {wanted}')
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE_PX or max(height, width) > MOST_ELONGATED * min(
        height, width
    ):
        raise InferenceError(
            f'{kind} image: {width}x{height} is no picture; a side has at least {SMALLEST_SIDE_PX} '
            f'pixels and is at most {MOST_ELONGATED} times as long as the other'
        )
    return np.ascontiguousarray(image, dtype=image.dtype.newbyteorder('='))


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
    depth_m[depth_m > max_depth_m] = np.inf
    depth_m[too_near] = -np.inf
    if unreliable is not None:
        depth_m[unreliable] = np.nan
    if sky is not None:
        depth_m[sky] = np.inf
    return depth_m


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
