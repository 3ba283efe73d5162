# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares confidences with errors, and depth with that of the frame before."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.crop import Crop
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.depth import DepthProtocol, median_ratio
from thermal_depth_ros.metrics.segmentation import IGNORED
from thermal_depth_ros.metrics.temporal_stability import SeenDepth

DEPTH, CLASSES = 'confidence', 'semantic_confidence'  # keys of contract.OUTPUTS
_MOST_WAITING = 16  # frames whose confidence, or whose truth, has not come yet
_LONGEST_GAP_NS = 1_000_000_000  # between two frames that are compared


class ConfidenceComparison:
    """Scores the confidences of one camera; the two halves of a frame may come in any order."""

    def __init__(
        self,
        scores: CameraAccumulator,
        protocol: DepthProtocol,
        pose: Callable[[int], np.ndarray | None],
        camera: PinholeCamera | None,
        crop: Crop,
    ) -> None:
        """Set up the comparison.

        Args:
            scores: Gets the results.
            protocol: Protocol of the depth metrics.
            pose: Returns the true pose (4, 4) of the camera at a stamp, or None.
            camera: Camera of the images; None leaves out temporal stability.
            crop: Crop of the images.
        """
        self._scores, self._protocol = scores, protocol
        self._pose, self._camera, self._crop = pose, camera, crop
        self._errors: dict[str, dict[int, np.ndarray]] = {DEPTH: {}, CLASSES: {}}
        self._confidences: dict[str, dict[int, np.ndarray]] = {DEPTH: {}, CLASSES: {}}
        self._previous: tuple[int, SeenDepth] | None = None

    def add_depth(self, stamp_ns: int, true_m: np.ndarray, predicted_m: np.ndarray) -> None:
        """Add true depth (H, W) and predicted depth (h, w) of a frame, m."""
        predicted_m = _resized(predicted_m, true_m.shape)
        protocol = self._protocol
        with np.errstate(invalid='ignore'):
            known = (true_m > protocol.min_gt_m) & (true_m < protocol.max_gt_m)
            known &= (true_m <= protocol.cap_m) & ~np.isnan(predicted_m)
        error = np.full(true_m.shape, np.nan)
        if known.any():
            true, predicted = true_m[known].astype(np.float64), predicted_m[known]
            scaled = predicted.astype(np.float64) * median_ratio(true, predicted)
            scaled = np.clip(scaled, protocol.clamp_min_m, protocol.clamp_max_m)
            error[known] = np.abs(true - scaled) / true
        self._match(DEPTH, stamp_ns, error=error)
        self._follow(stamp_ns, true_m, predicted_m)

    def add_classes(self, stamp_ns: int, true: np.ndarray, predicted: np.ndarray) -> None:
        """Add true and predicted class ids (H, W) of a frame."""
        wrong = np.where(true == predicted, 0.0, 1.0)
        wrong[(true == IGNORED) | (predicted == IGNORED)] = np.nan
        self._match(CLASSES, stamp_ns, error=wrong)

    def take(self, key: str, message: Any, stamp_ns: int) -> None:
        """Take the confidence of a frame, of depth or of classes.

        Raises:
            MessageError: It is damaged.
        """
        self._match(key, stamp_ns, confidence=np.array(depth_from_message(message)))

    def _match(
        self,
        key: str,
        stamp_ns: int,
        error: np.ndarray | None = None,
        confidence: np.ndarray | None = None,
    ) -> None:
        """Score a frame once both halves are there."""
        errors, confidences = self._errors[key], self._confidences[key]
        error = errors.pop(stamp_ns, None) if error is None else error
        confidence = confidences.pop(stamp_ns, None) if confidence is None else confidence
        if error is None and confidence is not None:
            _keep(confidences, stamp_ns, confidence)
        elif error is not None and confidence is None:
            _keep(errors, stamp_ns, error)
        elif error is not None and confidence is not None:
            confidence = _resized(confidence, error.shape)
            known = ~np.isnan(error)
            if key == DEPTH:
                self._scores.sparsification.add(error[known], confidence[known])
            else:
                self._scores.reliability.add(confidence[known], error[known] == 0.0)

    def _follow(self, stamp_ns: int, true_m: np.ndarray, predicted_m: np.ndarray) -> None:
        """Compare with the frame before."""
        T_world_camera = self._pose(stamp_ns)
        before, self._previous = self._previous, None
        if self._camera is None or T_world_camera is None:
            return
        seen = SeenDepth(true_m, predicted_m, T_world_camera)
        self._previous = stamp_ns, seen
        if before is None or not 0 < stamp_ns - before[0] <= _LONGEST_GAP_NS:
            return
        height, width = true_m.shape
        if before[1].true_m.shape == (height, width):
            camera = self._crop.camera(self._camera, (height, width)).resized(width, height)
            self._scores.stability.add(before[1], seen, camera.K)


def _keep(waiting: dict[int, np.ndarray], stamp_ns: int, values: np.ndarray) -> None:
    waiting[stamp_ns] = values
    while len(waiting) > _MOST_WAITING:
        del waiting[next(iter(waiting))]


def _resized(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a map (h, w) at another size, by nearest neighbour."""
    if values.shape == shape:
        return values
    height, width = shape
    resized: np.ndarray = cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST)
    return resized
