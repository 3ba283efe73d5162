# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Camera frame, the input of the pipelines."""

import dataclasses

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import crop_hint

SMALLEST_SIDE_PX = 4
MOST_ELONGATED = 16


class InferenceError(ThermalDepthError, ValueError):
    """A frame is unusable; the message names the field and its value."""


@dataclasses.dataclass(frozen=True, eq=False)
class CameraFrame:
    """An image with its stamp, optical frame and camera."""

    stamp_ns: int  # acquisition time
    frame_id: str  # optical frame: z forward, x right, y down
    image: np.ndarray  # thermal: (H, W) uint8 AGC or uint16 counts; rgb: (H, W, 3) uint8 R, G, B
    camera: PinholeCamera | None = None  # None without calibration

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image in pixels."""
        return self.image.shape[0], self.image.shape[1]


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


def calibration_problem(frame: CameraFrame) -> str | None:
    """Return why the intrinsics of a frame are unusable, or None."""
    camera = frame.camera
    if camera is None:
        return 'no camera_info'
    if (camera.height, camera.width) != frame.size:
        height, width = frame.size
        hint = crop_hint(frame.size, (camera.height, camera.width))
        sizes = f'camera_info is for {camera.width}x{camera.height}, the image is {width}x{height}'
        return f'{sizes}: {hint}' if hint else sizes
    if not camera.calibrated:
        return f'camera is uncalibrated ({camera.flaw})'
    return None
