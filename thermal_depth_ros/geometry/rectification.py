# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Rectification of a pair of cameras side by side, whose lenses and mounting are known."""

import dataclasses

import cv2
import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import project
from thermal_depth_ros.geometry.rays import pixel_rays

SHORTEST_BASELINE_M = 1e-3
_LEAST_SIDEWAYS = 0.7  # part of the baseline along x of the reference camera
_LEAST_ALONG = 0.5  # cosine between an optical axis and that of the rectified view, or of a ray
_OUTSIDE_PX = -1e6


class RectificationError(ThermalDepthError, ValueError):
    """The cameras are no stereo pair; the message says in which way."""


class Rectification:
    """Views of two cameras with common rows, and depth of the first from disparity.

    Both rectified views have one pinhole camera; their x axis is the baseline. A point at depth Z
    of the rectified view has the disparity f b / Z, with the focal length f (pixels) and the
    baseline b (m).
    """

    def __init__(
        self,
        reference: PinholeCamera,
        other: PinholeCamera,
        T_other_reference: np.ndarray,
        size: tuple[int, int],
    ) -> None:
        """Compute the maps of both images.

        Args:
            reference: The camera whose depth is wanted.
            other: The second camera.
            T_other_reference: (4, 4), maps points of the first camera into the second, m.
            size: Height and width of the rectified views.

        Raises:
            RectificationError: The cameras are at one place, not side by side, or look apart.
            CameraModelError: A camera is not calibrated.
        """
        position = rigid.invert(T_other_reference)[:3, 3]  # of the other camera
        self.baseline_m = float(np.linalg.norm(position))
        self.other_left = bool(position[0] < 0)
        R = _rotation(position, T_other_reference[:3, :3])
        self._view = _common_view(reference, R, size)
        rays = _rays(self._view) @ R  # in the reference camera
        self._maps = tuple(
            _pixels(rays @ T[:3, :3].T, camera)
            for T, camera in ((np.eye(4), reference), (T_other_reference, other))
        )
        seen = _rays(reference) @ R.T  # rays of the reference camera, in the rectified view
        self._from_reference = _pixels(seen, self._view)
        self._along = seen[..., 2].astype(np.float32)

    def views(self, reference: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rectified views (h, w) of images (H, W); 0 where a camera does not see."""
        first, second = (
            cv2.remap(image, *pixels, cv2.INTER_LINEAR)
            for image, pixels in zip((reference, other), self._maps, strict=True)
        )
        return first, second

    def depth_m(self, disparity_px: np.ndarray) -> np.ndarray:
        """Return the depth (H, W) float32 in the image of the reference camera.

        Args:
            disparity_px: (h, w) float32 of the rectified view; NaN where unknown.
        """
        found = cv2.remap(
            disparity_px,
            *self._from_reference,
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=np.nan,
        )
        depth: np.ndarray = self._view.fx * self.baseline_m / (found * self._along)
        return depth


def _rotation(position: np.ndarray, R_other_reference: np.ndarray) -> np.ndarray:
    """Return R_view_reference (3, 3): x along the baseline, z between the optical axes."""
    length = np.linalg.norm(position)
    if length < SHORTEST_BASELINE_M:
        raise RectificationError(f'the cameras are {length:.2g} m apart')
    x = position / length
    if abs(x[0]) < _LEAST_SIDEWAYS:
        raise RectificationError(
            'the cameras are not side by side: the second is at '
            f'({position[0]:.3g}, {position[1]:.3g}, {position[2]:.3g}) m of the first, x right, '
            'y down, z forward'
        )
    x = x * np.sign(x[0])
    axes = np.array([[0.0, 0.0, 1.0], R_other_reference[2]])  # in the reference camera
    y = np.cross(axes.sum(axis=0), x)
    y /= max(np.linalg.norm(y), 1e-9)
    z = np.cross(x, y)
    if (axes @ z).min() < _LEAST_ALONG:
        raise RectificationError('the cameras look in different directions')
    return np.stack([x, y, z])


def _common_view(reference: PinholeCamera, R: np.ndarray, size: tuple[int, int]) -> PinholeCamera:
    """Return a camera without distortion that sees about what the reference camera sees."""
    height, width = size
    resized = dataclasses.replace(
        reference.resized(width, height), distortion_model='', distortion=()
    )
    focal_px = 0.5 * (resized.fx + resized.fy)
    u, v = focal_px * R[:2, 2] / R[2, 2]  # where the optical axis of the reference goes
    return dataclasses.replace(
        resized, fx=focal_px, fy=focal_px, cx=resized.cx - u, cy=resized.cy - v
    )


def _rays(camera: PinholeCamera) -> np.ndarray:
    """Return the rays (H, W, 3) with z = 1 of all pixels."""
    x, y = pixel_rays(camera).astype(np.float64)
    return np.stack([x, y, np.ones_like(x)], axis=-1)


def _pixels(rays: np.ndarray, camera: PinholeCamera) -> tuple[np.ndarray, np.ndarray]:
    """Return column and row (H, W) float32 where rays (H, W, 3) meet the image of a camera.

    Rays that do not meet it are far outside.
    """
    flat = rays.reshape(-1, 3)
    pixels = np.full((len(flat), 2), _OUTSIDE_PX, np.float32)
    with np.errstate(invalid='ignore'):
        ahead = flat[:, 2] > _LEAST_ALONG * np.linalg.norm(flat, axis=1)
    pixels[ahead] = project(flat[ahead], camera)
    columns, rows = np.ascontiguousarray(pixels.T).reshape(2, *rays.shape[:2])
    return columns, rows
