# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Projection of points into the pixels of a camera, including lens distortion."""

import cv2
import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.rays import CameraModelError, pixel_rays

NUSCENES_MIN_DEPTH_M = 1.0  # of the evaluations on nuScenes
MARGIN_PX = 1


def project(xyz: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    """Return the pixel coordinates (N, 2) of points (N, 3) of the optical frame with z > 0.

    Raises:
        CameraModelError: The camera is not calibrated or its distortion model is unknown.
    """
    if not camera.calibrated:
        raise CameraModelError(f'uncalibrated camera: {camera.flaw}')
    xyz = np.asarray(xyz, np.float64)
    if not len(xyz):
        return np.empty((0, 2))
    coefficients = np.asarray(camera.distortion, np.float64)
    if not coefficients.any():
        on_plane = xyz[:, :2] / xyz[:, 2:]
        pixels: np.ndarray = on_plane * [camera.fx, camera.fy] + [camera.cx, camera.cy]
        return pixels
    nothing = np.zeros(3)
    if camera.distortion_model == 'equidistant':
        points = xyz.reshape(-1, 1, 3)
        pixels, _ = cv2.fisheye.projectPoints(points, nothing, nothing, camera.K, coefficients)
    else:
        pixels, _ = cv2.projectPoints(xyz, nothing, nothing, camera.K, coefficients)
    return pixels.reshape(-1, 2)


def scatter(
    xyz: np.ndarray, camera: PinholeCamera, nearest: bool = True, min_depth_m: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Project points (N, 3) of the optical frame onto the pixel grid.

    Points that are not finite, not in front of the camera, or within MARGIN_PX of the edge are left
    out.

    Args:
        xyz: Points, metres.
        camera: Camera of the image.
        nearest: A point belongs to the pixel whose centre is nearest, and of several points in one
            pixel the nearest holds. Otherwise, as in the evaluations on nuScenes, coordinates are
            cut to integers and the last point holds.
        min_depth_m: Points at this depth or nearer are left out.

    Returns:
        Flat pixel index (M,) and index of the point (M,), each pixel at most once.

    Raises:
        CameraModelError: The camera is not calibrated or its distortion model is unknown.
    """
    xyz = np.asarray(xyz, np.float64)
    with np.errstate(invalid='ignore'):
        index = np.flatnonzero((xyz[:, 2] > max(min_depth_m, 0.0)) & np.isfinite(xyz).all(axis=1))
    index = index[_within_view(xyz[index], camera)]
    if nearest:
        index = index[np.argsort(-xyz[index, 2], kind='stable')]
    uv = project(xyz[index], camera)
    inside = (
        (uv[:, 0] > MARGIN_PX)
        & (uv[:, 0] < camera.width - MARGIN_PX)
        & (uv[:, 1] > MARGIN_PX)
        & (uv[:, 1] < camera.height - MARGIN_PX)
    )
    whole = np.rint(uv[inside]) if nearest else uv[inside]
    column, row = whole.astype(np.int64).T
    # The last point written into a pixel stays there.
    holder = np.full(camera.width * camera.height, -1, np.int64)
    holder[row * camera.width + column] = index[inside]
    pixels = np.flatnonzero(holder >= 0)
    return pixels, holder[pixels]


def _within_view(xyz: np.ndarray, camera: PinholeCamera) -> np.ndarray:
    """Whether points (N, 3) lie in the cone that the image covers.

    Outside it the polynomial of a distorted lens turns back and would throw points that the
    camera cannot see into the picture.
    """
    if not any(camera.distortion):
        return np.ones(len(xyz), bool)
    radius = np.nanmax(np.linalg.norm(pixel_rays(camera), axis=0))
    inside: np.ndarray = np.linalg.norm(xyz[:, :2], axis=1) <= radius * xyz[:, 2]
    return inside
