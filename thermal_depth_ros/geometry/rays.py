# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Viewing rays of a camera, with the lens distortion removed."""

import cv2
import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.geometry.camera import PinholeCamera

# Sizes of the coefficient vectors that OpenCV defines for each model.
_LENGTHS = {'plumb_bob': (4, 5), 'rational_polynomial': (8, 12, 14), 'equidistant': (4,)}


class CameraModelError(ThermalDepthError, ValueError):
    """The camera cannot be turned into rays: uncalibrated, or an unknown distortion model."""


def pixel_rays(camera: PinholeCamera) -> np.ndarray:
    """Return (x/z, y/z) of the ray through every pixel centre.

    A point at depth z (along the optical axis) seen in pixel (u, v) is
    z * (rays[0, v, u], rays[1, v, u], 1) in the optical frame.

    Returns:
        Array (2, H, W), float32. Pixels whose distortion cannot be inverted are NaN.

    Raises:
        CameraModelError: The camera is not calibrated or its distortion model is unknown.
    """
    if not camera.calibrated:
        raise CameraModelError(f'uncalibrated camera: {camera.flaw}')
    u = np.arange(camera.width, dtype=np.float64)
    v = np.arange(camera.height, dtype=np.float64)
    if not any(camera.distortion):
        rays = np.empty((2, camera.height, camera.width), np.float32)
        rays[0] = (u - camera.cx) / camera.fx
        rays[1] = ((v - camera.cy) / camera.fy)[:, None]
        return rays
    pixels = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 1, 2)
    points = _undistort(pixels, camera).reshape(camera.height, camera.width, 2)
    distorted: np.ndarray = points.transpose(2, 0, 1).astype(np.float32)
    return distorted


def _undistort(pixels: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    lengths = _LENGTHS.get(camera.distortion_model)
    if lengths is None:
        known = ', '.join(_LENGTHS)
        raise CameraModelError(
            f'distortion_model {camera.distortion_model!r} is not one of {known}'
        )
    if len(camera.distortion) not in lengths:
        raise CameraModelError(
            f'{camera.distortion_model} needs {" or ".join(map(str, lengths))} coefficients, '
            f'not {len(camera.distortion)}'
        )
    coefficients = np.asarray(camera.distortion, np.float64)
    if camera.distortion_model == 'equidistant':
        return cv2.fisheye.undistortPoints(pixels, camera.K, coefficients)
    # The default of five fixed-point steps leaves pixels of error on wide thermal lenses.
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-9)
    # OpenCV 5 took the criteria into undistortPoints; before, they had a function of their own.
    undistort = getattr(cv2, 'undistortPointsIter', cv2.undistortPoints)
    return undistort(pixels, camera.K, coefficients, R=None, P=None, criteria=criteria)
