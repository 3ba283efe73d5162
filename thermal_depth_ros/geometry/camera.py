# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pinhole camera: intrinsics in pixels, origin at the centre of the top-left pixel."""

import dataclasses
import math

import numpy as np

# No camera has such intrinsics; with them, rays overflow.
_LARGEST = 1e9
_SHORTEST_FOCAL_PX = 1e-3


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
    def flaw(self) -> str | None:
        """Why the intrinsics are unusable, such as 'fx is 0'; None if they are usable."""
        for name in ('fx', 'fy', 'cx', 'cy'):
            value = getattr(self, name)
            if not math.isfinite(value):
                return f'{name} is {value}'
            if abs(value) > _LARGEST:
                return f'{name} is {value:g}'
        for name in ('fx', 'fy'):
            if getattr(self, name) < _SHORTEST_FOCAL_PX:
                return f'{name} is {getattr(self, name):g}'
        # A crop may lie beside the optical axis; K of another image size lies far away.
        for name, size in (('cx', self.width), ('cy', self.height)):
            if not -size <= getattr(self, name) <= 2 * size:
                return f'{name} is {getattr(self, name):g}, far outside {size} pixels'
        bad = [v for v in self.distortion if not abs(v) <= _LARGEST]
        return f'a distortion coefficient is {bad[0]}' if bad else None

    @property
    def calibrated(self) -> bool:
        """Whether the intrinsics can be used: finite, of sensible size, focal lengths positive."""
        return self.flaw is None

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
