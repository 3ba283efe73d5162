# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of a point cloud: points projected through a virtual camera, nearest in front."""

import dataclasses

import cv2
import numpy as np


@dataclasses.dataclass(frozen=True)
class Viewpoint:
    """A virtual camera that looks at the centre of the cloud.

    Angles in degrees: `yaw` turns to the right of the recording camera, `pitch` lifts above it.
    `distance` is how far the virtual camera stands from the middle, in multiples of the radius
    of the cloud.
    """

    yaw: float = 25.0
    pitch: float = 20.0
    distance: float = 2.6


def cloud_extent(xyz: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the centre (3,) and the radius in metres that contain 90 % of the points."""
    low, middle, high = np.percentile(xyz, (5, 50, 95), axis=0)
    centre = (low + high) / 2
    centre[2] = (centre[2] + middle[2]) / 2
    radius = float(np.linalg.norm(high - low)) / 2
    return centre, max(radius, 1e-6)


def render_cloud(
    xyz: np.ndarray,
    colours: np.ndarray,
    viewpoint: Viewpoint | None = None,
    size: tuple[int, int] = (640, 420),
) -> np.ndarray:
    """Draw points of an optical frame (x right, y down, z forward) seen from a virtual camera.

    Args:
        xyz: (N, 3) in metres, all finite.
        colours: (N, 3) uint8 RGB.
        viewpoint: Pose of the virtual camera.
        size: Width and height of the picture in pixels.

    Returns:
        (height, width, 4) uint8 RGBA, transparent where there is no point.
    """
    width, height = size
    if len(xyz) == 0:
        return np.zeros((height, width, 4), np.uint8)
    view = viewpoint or Viewpoint()
    centre, radius = cloud_extent(xyz)
    seen = (xyz - centre) @ _rotation(view).T / radius
    depth = seen[:, 2] + view.distance
    focal = 0.5 * height * view.distance / 1.35
    keep = depth > 0.05
    columns = np.round(width / 2 + focal * seen[keep, 0] / depth[keep]).astype(np.int64)
    rows = np.round(height / 2 + focal * seen[keep, 1] / depth[keep]).astype(np.int64)
    return _splat(columns, rows, depth[keep], colours[keep], size)


def _rotation(view: Viewpoint) -> np.ndarray:
    """Rotation (3, 3) from the optical frame to the frame of the virtual camera."""
    a, b = np.radians(view.yaw), np.radians(view.pitch)
    yaw = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    pitch = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return pitch @ yaw


def _splat(
    columns: np.ndarray,
    rows: np.ndarray,
    depth: np.ndarray,
    colours: np.ndarray,
    size: tuple[int, int],
) -> np.ndarray:
    """Paint from far to near, so that the nearest point of a pixel is visible, then fill gaps."""
    width, height = size
    order = np.argsort(-depth)
    columns, rows, colours = columns[order], rows[order], colours[order]
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    picture = np.zeros((height, width, 4), np.uint8)
    picture[rows[inside], columns[inside], :3] = colours[inside]
    picture[rows[inside], columns[inside], 3] = 255
    grown = cv2.dilate(picture, np.ones((2, 2), np.uint8))
    empty = picture[:, :, 3] == 0
    picture[empty] = grown[empty]
    return picture
