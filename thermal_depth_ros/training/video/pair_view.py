# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Other cameras for a pair of images with measured motion: their motion follows exactly.

A camera that turns about its centre sees the same rays of light, elsewhere in its image. A pair can
therefore be shown as a camera would have seen it that was mounted another way, that turned more or
less on its way, or that had a longer lens, whatever the depth of the scene.
"""

import dataclasses
import math

import cv2
import numpy as np

_OTHER_AXES = 1 / 3  # vehicles turn about the vertical axis; share of that about the others


@dataclasses.dataclass(frozen=True)
class PairViews:
    """What is drawn for each pair.

    Attributes:
        max_zoom: Largest zoom.
        tilt: Standard deviation of a rotation of both images about each axis, as a share of the
            horizontal field of view.
        turn: Of a rotation between them about the vertical axis; a third about the others.
    """

    max_zoom: float = 1.0
    tilt: float = 0.0
    turn: float = 0.0

    @property
    def change(self) -> bool:
        """Whether anything is changed."""
        return self.max_zoom > 1 or self.tilt > 0 or self.turn > 0

    def draw(self, rng: np.random.Generator, K: np.ndarray, width: int) -> 'PairView':
        """Draw a view for images of a width and intrinsics (3, 3)."""
        field_rad = 2.0 * math.atan(width / (2.0 * float(K[0, 0])))
        zoom = float(rng.uniform(1.0, self.max_zoom))
        tilt = rng.normal(size=3) * self.tilt * field_rad
        # Small turns are as frequent as on straight roads.
        turn = rng.normal(size=3) * rng.random() * self.turn * field_rad
        turn *= (_OTHER_AXES, 1.0, _OTHER_AXES)
        first = _rotation(tilt)
        return PairView(zoom, first, _rotation(turn) @ first)


@dataclasses.dataclass(frozen=True, eq=False)
class PairView:
    """A longer lens, and the orientation of the camera at both images.

    Attributes:
        zoom: Factor of the focal lengths.
        R_first: (3, 3) rotation into the camera of the first image as it is shown.
        R_second: (3, 3) likewise for the second image.
    """

    zoom: float
    R_first: np.ndarray
    R_second: np.ndarray

    def images(self, images: np.ndarray, K: np.ndarray, mirrored: bool) -> np.ndarray:
        """Return both images (2, H, W) float32 as they are shown.

        Args:
            images: (2, H, W).
            K: (3, 3) their intrinsics; only the focal lengths of the result differ.
            mirrored: Whether they are mirrored as well.
        """
        height, width = images.shape[1:]
        longer = K.copy()
        longer[:2, :2] *= self.zoom
        shown = []
        for image, R in zip(images, (self.R_first, self.R_second), strict=True):
            seen = cv2.warpPerspective(
                image.astype(np.float32),
                longer @ R @ np.linalg.inv(K),
                (width, height),
                flags=cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
            shown.append(seen[:, ::-1] if mirrored else seen)
        return np.stack(shown)

    def motion(self, T_first_second: np.ndarray) -> np.ndarray:
        """Return the motion (4, 4) between the images as they are shown, before any mirroring."""
        first, second = np.eye(4), np.eye(4)
        first[:3, :3], second[:3, :3] = self.R_first, self.R_second
        moved: np.ndarray = second @ T_first_second @ first.T
        return moved


def _rotation(vector: np.ndarray) -> np.ndarray:
    rotation: np.ndarray = cv2.Rodrigues(np.asarray(vector, np.float64))[0]
    return rotation
