# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of known inverse depth for frames: maps of the recording, and the ground."""

from typing import Protocol

import numpy as np

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.sources import TruthSource
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.geometry.rays import pixel_rays

GROUND_SHARE = 0.4  # of the rows, from the bottom, that may show the ground
FARTHEST_GROUND_M = 30.0  # farther, a small error of the tilt is a large one of the depth
_PLANES = 150  # random triples of pixels
_PLANE_PIXELS = 600
_ASPECT_TOLERANCE = 0.02


class DepthKnowledge(Protocol):
    """What a recording knows about the depth of the frames of a camera."""

    follows: bool  # whether it must see the frames in between, too

    def watch(self, frame: CameraFrame) -> None:
        """See a frame that the network does not process."""

    def about(self, stamp_ns: int) -> bool:
        """Whether anything can be known at a stamp."""

    def inverse_depth(self, frame: CameraFrame, output: np.ndarray) -> np.ndarray | None:
        """Return inverse depth (H, W) in 1/m, NaN where it is not known; None for nowhere.

        Args:
            frame: The frame.
            output: (H, W) output of the network, at the size of the frame.
        """


class RecordedDepth:
    """Depth images, or LiDAR points projected into the camera."""

    follows = False

    def __init__(self, truth: TruthSource, crop: Crop) -> None:
        self._truth, self._crop = truth, crop

    def watch(self, frame: CameraFrame) -> None:
        """Ignore a frame."""

    def about(self, stamp_ns: int) -> bool:
        """Whether there is a map or a sweep."""
        return self._truth.has(stamp_ns)

    def inverse_depth(self, frame: CameraFrame, output: np.ndarray) -> np.ndarray | None:
        """Return the inverse of the recorded depth at the pixels of the frame.

        Raises:
            EvaluationError: It has another aspect ratio.
        """
        depth_m = self._truth.at(frame.stamp_ns)
        if depth_m is None:
            return None
        depth_m = self._crop.matching(depth_m, frame.size)
        (h, w), (height, width) = frame.size, depth_m.shape
        if abs(width * h / (height * w) - 1) > _ASPECT_TOLERANCE:
            raise EvaluationError(
                f'{self._truth.where}: depth of {width}x{height} pixels does not have the aspect '
                f'ratio of the image with {w}x{h}'
            )
        with np.errstate(invalid='ignore', divide='ignore'):
            known = np.where(depth_m > 0, 1.0 / depth_m.astype(np.float64), np.nan)
        return _at_size(np.where(np.isfinite(known), known, np.nan), (h, w))


def _at_size(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Put known values (H, W) where their pixel centres are in an image of another size."""
    if values.shape == size:
        return values
    rows, columns = np.nonzero(np.isfinite(values))
    place = np.full(size, np.nan)
    down, across = size[0] / values.shape[0], size[1] / values.shape[1]
    row = ((rows + 0.5) * down).astype(int).clip(0, size[0] - 1)
    column = ((columns + 0.5) * across).astype(int).clip(0, size[1] - 1)
    place[row, column] = values[rows, columns]
    return place


class GroundPlane:
    """The ground before the camera, at a known height below it.

    With the tilt of the camera, depth follows from the pixel alone, and things that stand on the
    ground are outliers of the fit. Without it, only a network whose output is inverse depth up to
    scale tells the tilt: the robustly fitted plane of its own outputs.
    """

    follows = False

    def __init__(self, height_m: float, down: np.ndarray | None) -> None:
        """Set the plane.

        Args:
            height_m: Height of the camera over the ground.
            down: (3,) unit vector in the optical frame, None if it is not known.
        """
        self._height_m, self._down = height_m, down

    def watch(self, frame: CameraFrame) -> None:
        """Ignore a frame."""

    def about(self, stamp_ns: int) -> bool:
        """Whether anything can be known at a stamp."""
        return True

    def inverse_depth(self, frame: CameraFrame, output: np.ndarray) -> np.ndarray | None:
        """Return the inverse depth of the ground in the lower part of the image.

        None for a frame without calibration.
        """
        if frame.calibration_problem or frame.camera is None:
            return None
        rays = pixel_rays(frame.camera).astype(np.float64)
        rows = np.arange(frame.size[0])[:, None] >= (1.0 - GROUND_SHARE) * frame.size[0]
        if self._down is not None:
            plane = np.asarray(self._down) / self._height_m
        else:
            fitted = _plane_of(output, rays, rows)
            if fitted is None:
                return None
            plane = fitted / np.linalg.norm(fitted) / self._height_m
        known = plane[0] * rays[0] + plane[1] * rays[1] + plane[2]
        ground: np.ndarray = np.where(rows & (known > 1.0 / FARTHEST_GROUND_M), known, np.nan)
        return ground


def _plane_of(output: np.ndarray, rays: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    """Return n (3,) with output = n . ray for most pixels of the given rows, or None."""
    usable = rows & np.isfinite(output) & (output > 0) & np.isfinite(rays).all(axis=0)
    places = np.flatnonzero(usable)
    if len(places) < 10:
        return None
    rng = np.random.default_rng(0)
    places = rng.choice(places, min(len(places), _PLANE_PIXELS), replace=False)
    x = output.ravel()[places].astype(np.float64)
    r = np.stack([rays[0].ravel()[places], rays[1].ravel()[places], np.ones(len(places))], 1)
    best, least = None, np.inf
    for _ in range(_PLANES):
        three = rng.choice(len(x), 3, replace=False)
        try:
            plane = np.linalg.solve(r[three], x[three])
        except np.linalg.LinAlgError:
            continue
        error = float(np.median(np.abs(r @ plane - x) / x))
        if error < least:
            best, least = plane, error
    if best is None:
        return None
    near = np.abs(r @ best - x) / x <= 3.0 * max(least, 1e-6)
    return np.linalg.lstsq(r[near] / x[near, None], np.ones(int(near.sum())), rcond=None)[0]
