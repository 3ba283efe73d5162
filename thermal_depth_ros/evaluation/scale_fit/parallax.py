# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Inverse depth of image features from the parallax between frames with known poses."""

import dataclasses
from collections import deque
from collections.abc import Callable

import cv2
import numpy as np

from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.projection import project
from thermal_depth_ros.geometry.rays import pixel_rays

LOOK_BACK = (1, 2, 4, 8, 16, 32)  # frames; the nearest with plenty of parallax is taken
MIN_BASELINE_M = 0.02
PLENTY_PX = 6.0  # parallax, median over the features of a frame
MIN_PARALLAX_PX = 2.0  # of a frame, and of a feature at the median depth: not near the epipole
_MOST_FEATURES = 600
_LEAST_FEATURES = 20
_ROUND_TRIP_PX = 0.5
_EPIPOLAR_PX = 1.0
_FARTHER_THAN_MEDIAN = 0.1  # smaller inverse depth than this share of the median is noise


@dataclasses.dataclass(frozen=True, eq=False)
class _Seen:
    """A frame that later ones are compared with."""

    grey: np.ndarray  # (H, W) float32
    camera: PinholeCamera
    T_world_camera: np.ndarray


class Parallax:
    """Triangulates tracked features; the poses make the depth metric.

    Attributes:
        frames: Number of frames with pose and calibration so far.
        travelled_m: Distance that the camera moved between them.
    """

    follows = True

    def __init__(self, pose_at: Callable[[int], np.ndarray | None]) -> None:
        """Start without frames.

        Args:
            pose_at: Returns T_world_camera (4, 4) at a stamp in ns, or None.
        """
        self._pose_at = pose_at
        self._earlier: deque[_Seen] = deque(maxlen=max(LOOK_BACK))
        self.frames, self.travelled_m = 0, 0.0

    def watch(self, frame: CameraFrame) -> None:
        """Remember a frame."""
        seen = self._seen(frame)
        if seen is not None:
            self._remember(seen)

    def _remember(self, seen: _Seen) -> None:
        if self._earlier:
            step_m = seen.T_world_camera[:3, 3] - self._earlier[-1].T_world_camera[:3, 3]
            self.travelled_m += float(np.linalg.norm(step_m))
        self.frames += 1
        self._earlier.append(seen)

    def about(self, stamp_ns: int) -> bool:
        """Whether the pose is known at a stamp."""
        return self._pose_at(stamp_ns) is not None

    def inverse_depth(self, frame: CameraFrame, output: np.ndarray) -> np.ndarray | None:
        """Return the inverse depth of features; None without pose, calibration or parallax."""
        current = self._seen(frame)
        if current is None:
            return None
        earlier = list(self._earlier)
        self._remember(current)
        best: np.ndarray | None = None
        most_px = MIN_PARALLAX_PX
        for back in (back for back in LOOK_BACK if back <= len(earlier)):
            found = _compare(current, earlier[-back])
            if found is not None and found.parallax_px >= most_px:
                best, most_px = found.inverse_depth, found.parallax_px
            if most_px >= PLENTY_PX:
                break
        return best

    def _seen(self, frame: CameraFrame) -> _Seen | None:
        if frame.calibration_problem or frame.camera is None:
            return None
        T_world_camera = self._pose_at(frame.stamp_ns)
        if T_world_camera is None:
            return None
        image = (
            frame.image if frame.image.ndim == 2 else cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        )
        return _Seen(image.astype(np.float32), frame.camera, T_world_camera)


@dataclasses.dataclass(frozen=True, eq=False)
class _Compared:
    """Features of a frame."""

    inverse_depth: np.ndarray  # (H, W) 1/m, NaN where there is none
    parallax_px: float  # median


def _compare(current: _Seen, earlier: _Seen) -> _Compared | None:
    """Return the features of the current frame that are in the earlier one; None for too few."""
    T_earlier_current = rigid.invert(earlier.T_world_camera) @ current.T_world_camera
    same = earlier.grey.shape == current.grey.shape
    if not same or np.linalg.norm(T_earlier_current[:3, 3]) < MIN_BASELINE_M:
        return None
    rays = pixel_rays(current.camera).astype(np.float64)
    points, matched = _tracks(current, earlier, rays, T_earlier_current)
    if len(points) < _LEAST_FEATURES:
        return None
    first, second = _rays_at(rays, points), _rays_at(rays, matched)
    q, sensitivity, miss = triangulate(first, second, T_earlier_current)
    focal_px = current.camera.fx
    middle = float(np.nanmedian(q))
    good = (miss * focal_px < _EPIPOLAR_PX) & (q > _FARTHER_THAN_MEDIAN * middle)
    good &= sensitivity * middle * focal_px > MIN_PARALLAX_PX
    if good.sum() < _LEAST_FEATURES:
        return None
    parallax_px = float(np.median(sensitivity[good] * q[good])) * focal_px
    known = np.full(current.grey.shape, np.nan)
    column, row = np.rint(points[good]).astype(int).T
    known[row, column] = q[good]
    return _Compared(known, parallax_px)


def triangulate(
    first: np.ndarray, second: np.ndarray, T_second_first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return inverse depth in the first view, from corresponding rays with z = 1.

    With inverse depth q, the point (ray / q) lies at R ray + q t in the second view, up to a
    factor, so that its two coordinates there give two linear equations for q.

    Args:
        first: (N, 3) rays of the first view.
        second: (N, 3) rays of the second view.
        T_second_first: (4, 4) maps points of the first view into the second.

    Returns:
        Inverse depth (N,) in the unit of 1 / |t|; how far the second ray moves per unit of it
        (N,); and the distance (N,) between the second ray and the nearest possible one.
    """
    turned = first @ T_second_first[:3, :3].T
    t = T_second_first[:3, 3]
    along = t[:2] - second[:, :2] * t[2]
    offset = second[:, :2] * turned[:, 2:] - turned[:, :2]
    squares = (along**2).sum(1)
    with np.errstate(invalid='ignore', divide='ignore'):
        q = (along * offset).sum(1) / squares
        z = turned[:, 2] + q * t[2]
        miss = np.linalg.norm(offset - q[:, None] * along, axis=1) / np.abs(z)
        sensitivity = np.sqrt(squares) / np.abs(z)
    return q, sensitivity, miss


def _tracks(
    current: _Seen, earlier: _Seen, rays: np.ndarray, T_earlier_current: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return features (N, 2) of the current frame, and where they were in the earlier one."""
    low, high = np.percentile(current.grey, (1.0, 99.0))
    now, then = (
        np.clip((seen.grey - low) * (255.0 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
        for seen in (current, earlier)
    )
    corners = cv2.goodFeaturesToTrack(now, _MOST_FEATURES, 0.005, 5)
    if corners is None:
        return np.empty((0, 2)), np.empty((0, 2))
    corners = corners.reshape(-1, 2)
    turned = _rays_at(rays, corners) @ T_earlier_current[:3, :3].T
    visible = np.isfinite(turned).all(1) & (turned[:, 2] > 0.1)
    corners, turned = corners[visible], turned[visible]
    if not len(corners):
        return np.empty((0, 2)), np.empty((0, 2))
    guess = project(turned, earlier.camera).astype(np.float32)  # as if infinitely far
    matched, found = _flow(now, then, corners, guess)
    back, found_back = _flow(then, now, matched, corners)
    height, width = now.shape
    kept = found & found_back
    kept &= np.linalg.norm(back - corners, axis=1) < _ROUND_TRIP_PX
    kept &= ((matched >= 0) & (matched <= (width - 1, height - 1))).all(1)
    return corners[kept], matched[kept]


def _flow(
    first: np.ndarray, second: np.ndarray, points: np.ndarray, guess: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return where points (N, 2) of the first image are in the second, and whether they are."""
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        points,
        guess.copy(),
        winSize=(15, 15),
        maxLevel=4,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return np.asarray(moved), np.asarray(found).ravel() == 1


def _rays_at(rays: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the rays (N, 3) with z = 1 at pixel coordinates (N, 2)."""
    u, v = points.astype(np.float32).T
    maps = [rays[axis].astype(np.float32) for axis in (0, 1)]
    sampled = [cv2.remap(m, u, v, cv2.INTER_LINEAR).ravel().astype(np.float64) for m in maps]
    return np.stack([*sampled, np.ones(len(points))], 1)
