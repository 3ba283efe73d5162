# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Resamples camera images to sample images: undistorted and resized in one step."""

import dataclasses
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera

_FISHEYE = 'equidistant'


class Resampler:
    """Resampling of the images of one camera to (height, width), pixel centres aligned.

    The undistorted view keeps the focal lengths and the principal point, so that it covers the
    view of a camera on a robot, whose images are not undistorted.

    Attributes:
        camera: Camera of the samples.
        bends: Whether images are undistorted.
        invented: Share of the pixels that lie outside the camera image.
    """

    def __init__(self, camera: PinholeCamera, height: int, width: int, undistort: bool) -> None:
        self._source = camera
        self.bends = undistort and bool(camera.distortion_model)
        kept = dataclasses.replace(camera, distortion_model='', distortion=())
        self.camera = (kept if self.bends else camera).resized(width, height)
        # If the image shrinks by two or more, it is averaged afterwards, against aliasing.
        self._finer = max(min(camera.height // height, camera.width // width), 1)
        self._maps: tuple[np.ndarray, np.ndarray] | None = None
        self.invented = 0.0  # fraction of the pixels outside the camera image
        if self.bends:
            x, y = self._positions(height * self._finer, width * self._finer)
            inside = (x > -1) & (x < camera.width) & (y > -1) & (y < camera.height)
            self.invented = 1.0 - float(inside.mean())
            self._maps = cv2.convertMaps(x, y, cv2.CV_16SC2)

    @property
    def key(self) -> dict[str, Any]:
        """Plain values that determine the resampling."""
        return {
            'camera': dataclasses.asdict(self._source) if self.bends else None,
            'size': [self.camera.height, self.camera.width],
        }

    def image(self, image: np.ndarray) -> np.ndarray:
        """Return the sample of a camera image (H, W[, C]), of the same type."""
        if self._maps is not None:
            image = cv2.remap(image, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        size = self.camera.width, self.camera.height
        if image.shape[1::-1] == size:
            return image
        shrinks = image.shape[1] >= size[0] and image.shape[0] >= size[1]
        return cv2.resize(
            image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        )

    def depth(self, depth_m: np.ndarray) -> np.ndarray:
        """Return depth (H, W) undistorted at its own size, with 0 outside the image.

        Depth along the optical axis is equal in both views, so that pixels only move.
        """
        if not self.bends:
            return depth_m
        height, width = depth_m.shape
        x, y = self._positions(height, width)
        scale = width / self._source.width, height / self._source.height
        x, y = (x + 0.5) * scale[0] - 0.5, (y + 0.5) * scale[1] - 0.5
        return cv2.remap(
            depth_m,
            np.rint(x).astype(np.float32),
            np.rint(y).astype(np.float32),
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=0,
        )

    def _positions(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of the pixels of an undistorted view in the camera image.

        Returns:
            x and y, each (height, width) float32, pixels.
        """
        camera = self._source
        coefficients = np.array(camera.distortion)
        sx, sy = width / camera.width, height / camera.height
        view = np.array(
            [
                [camera.fx * sx, 0.0, (camera.cx + 0.5) * sx - 0.5],
                [0.0, camera.fy * sy, (camera.cy + 0.5) * sy - 0.5],
                [0.0, 0.0, 1.0],
            ]
        )
        make = (
            cv2.fisheye.initUndistortRectifyMap
            if camera.distortion_model == _FISHEYE
            else cv2.initUndistortRectifyMap
        )
        x, y = make(camera.K, coefficients, np.eye(3), view, (width, height), cv2.CV_32FC1)
        return x, y
