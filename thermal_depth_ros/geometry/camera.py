# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pinhole camera: intrinsics in pixels, origin at the centre of the top-left pixel."""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class PinholeCamera:
    """Intrinsics of one image.

    `distortion_model` is '' (none), 'plumb_bob', 'rational_polynomial' or 'equidistant', with
    the coefficients in OpenCV's order.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: str = ''
    distortion: tuple[float, ...] = ()

    @property
    def calibrated(self) -> bool:
        """Whether the intrinsics can be used: all finite, both focal lengths positive."""
        values = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        return all(math.isfinite(v) for v in values) and self.fx > 0 and self.fy > 0

    @property
    def K(self) -> np.ndarray:
        """Intrinsic matrix (3, 3), float64."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def resized(self, width: int, height: int) -> 'PinholeCamera':
        """Return the camera of the same view resampled to another size (rows of K scaled)."""
        sx, sy = width / self.width, height / self.height
        return dataclasses.replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=self.cx * sx,
            cy=self.cy * sy,
        )

    def cropped(self, left: int, top: int, width: int, height: int) -> 'PinholeCamera':
        """Return the camera of a window of the image."""
        return dataclasses.replace(
            self, width=width, height=height, cx=self.cx - left, cy=self.cy - top
        )
