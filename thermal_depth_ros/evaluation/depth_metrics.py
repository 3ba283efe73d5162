# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth metrics by the papers' protocols (method 7.1)."""

import dataclasses
import enum
from collections.abc import Sequence

import cv2
import numpy as np

_EPSILON = 1e-6


@dataclasses.dataclass(frozen=True)
class DepthMetrics:
    """The seven customary figures of one image, or their means over images."""

    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    delta1: float
    delta2: float
    delta3: float


class Resize(enum.Enum):
    """What is interpolated when the prediction has another size than the ground truth."""

    INVERSE_DEPTH = 'inverse_depth'
    DEPTH = 'depth'


@dataclasses.dataclass(frozen=True)
class DepthProtocol:
    """How predictions are compared with ground truth.

    Valid pixels have gt in (min_gt_m, max_gt_m); predictions are scaled by the ratio of medians
    over them where `median_scaling`, then clamped to [clamp_min_m, clamp_max_m]; of the valid
    pixels only those with gt <= cap_m count.
    """

    min_gt_m: float = 1e-3
    max_gt_m: float = 80.0
    clamp_min_m: float = 1e-3
    clamp_max_m: float = 80.0
    cap_m: float = np.inf
    median_scaling: bool = True
    resize: Resize = Resize.INVERSE_DEPTH


THERMAL_OUTDOOR = DepthProtocol()
THERMAL_INDOOR = DepthProtocol(max_gt_m=10.0, clamp_max_m=10.0)
ROBOTCAR_40M = DepthProtocol(min_gt_m=0.0, max_gt_m=np.inf, cap_m=40.0)
NUSCENES = DepthProtocol(min_gt_m=0.1, clamp_min_m=0.1, resize=Resize.DEPTH)


@dataclasses.dataclass(frozen=True)
class ImageScore:
    """Metrics of one image and what they were computed from."""

    metrics: DepthMetrics
    valid_pixels: int
    median_ratio: float  # median(gt) / median(prediction); 1 means metric


def depth_metrics(gt_m: np.ndarray, predicted_m: np.ndarray) -> DepthMetrics:
    """Compute the seven figures of paired positive depths (N,)."""
    gt, predicted = np.asarray(gt_m, np.float64), np.asarray(predicted_m, np.float64)
    ratio = np.maximum(gt / predicted, predicted / gt)
    difference, logarithm = gt - predicted, np.log(gt) - np.log(predicted)
    return DepthMetrics(
        abs_rel=float(np.mean(np.abs(difference) / gt)),
        sq_rel=float(np.mean(difference**2 / gt)),
        rmse=float(np.sqrt(np.mean(difference**2))),
        rmse_log=float(np.sqrt(np.mean(logarithm**2))),
        delta1=float(np.mean(ratio < 1.25)),
        delta2=float(np.mean(ratio < 1.25**2)),
        delta3=float(np.mean(ratio < 1.25**3)),
    )


def resize_depth(depth_m: np.ndarray, height: int, width: int, how: Resize) -> np.ndarray:
    """Resample a depth map (h, w) to (height, width), float64."""
    depth = np.asarray(depth_m, np.float64)
    if how is Resize.INVERSE_DEPTH:
        inverse = cv2.resize(
            1.0 / (depth + _EPSILON), (width, height), interpolation=cv2.INTER_LINEAR
        )
        return 1.0 / (inverse + _EPSILON)
    return _resize_corners(depth, height, width)


def _resize_corners(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear with the corner pixels' centres kept in place (align_corners=True)."""
    v, u = np.meshgrid(
        np.linspace(0, values.shape[0] - 1, height),
        np.linspace(0, values.shape[1] - 1, width),
        indexing='ij',
    )
    top, left = np.floor(v).astype(int), np.floor(u).astype(int)
    bottom = np.minimum(top + 1, values.shape[0] - 1)
    right = np.minimum(left + 1, values.shape[1] - 1)
    v, u = v - top, u - left
    upper = values[top, left] * (1 - u) + values[top, right] * u
    lower = values[bottom, left] * (1 - u) + values[bottom, right] * u
    return upper * (1 - v) + lower * v


def score_image(
    gt_m: np.ndarray, predicted_m: np.ndarray, protocol: DepthProtocol
) -> ImageScore | None:
    """Score a prediction (h, w) against ground truth (H, W) with holes marked 0 or NaN.

    Returns:
        The score, or None where no pixel of the ground truth is valid.
    """
    gt = np.asarray(gt_m, np.float64)
    predicted = np.asarray(predicted_m, np.float64)
    if predicted.shape != gt.shape:
        height, width = gt.shape
        predicted = resize_depth(predicted, height, width, protocol.resize)
    valid = (gt > protocol.min_gt_m) & (gt < protocol.max_gt_m) & np.isfinite(predicted)
    if not valid.any():
        return None
    gt, predicted = gt[valid], predicted[valid]
    ratio = float(np.median(gt) / np.median(predicted))
    if protocol.median_scaling:
        predicted = predicted * ratio
    predicted = np.clip(predicted, protocol.clamp_min_m, protocol.clamp_max_m)
    counted = gt <= protocol.cap_m
    if not counted.any():
        return None
    metrics = depth_metrics(gt[counted], predicted[counted])
    return ImageScore(metrics, int(counted.sum()), ratio)


def mean_metrics(scores: Sequence[ImageScore]) -> DepthMetrics:
    """Average the metrics of images, each image weighing the same.

    Raises:
        ValueError: there is no image.
    """
    if not scores:
        raise ValueError('no image had a valid ground-truth pixel')
    rows = np.array([dataclasses.astuple(score.metrics) for score in scores])
    return DepthMetrics(*rows.mean(0).tolist())
