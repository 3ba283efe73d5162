# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth metrics with the protocols of both papers."""

import dataclasses
import enum
import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

_EPSILON = 1e-6
_FAR_M = 1.0 / _EPSILON  # inverse of zero
# Values at once. OpenBLAS adds up more than 10000 with threads, which wait actively.
_BLOCK = 8192


@dataclasses.dataclass(frozen=True)
class DepthMetrics:
    """The seven standard depth metrics of one image, or their means over images."""

    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    delta1: float
    delta2: float
    delta3: float

    @property
    def row(self) -> tuple[float, ...]:
        """The numbers in the order of the fields."""
        return (
            self.abs_rel,
            self.sq_rel,
            self.rmse,
            self.rmse_log,
            self.delta1,
            self.delta2,
            self.delta3,
        )


UNKNOWN = DepthMetrics(*[math.nan] * 7)  # of predictions as they are, without a scale of the truth


class Resize(enum.Enum):
    """Quantity to interpolate if prediction and ground truth differ in size."""

    INVERSE_DEPTH = 'inverse_depth'  # 1 / (depth + 1e-6), there and back
    DISPARITY = 'disparity'  # 1 / depth
    DEPTH = 'depth'


@dataclasses.dataclass(frozen=True)
class DepthProtocol:
    """Protocol for comparing predictions with ground truth.

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
ROBOTCAR_40M = DepthProtocol(min_gt_m=0.0, max_gt_m=np.inf, cap_m=40.0, resize=Resize.DISPARITY)
NUSCENES = DepthProtocol(min_gt_m=0.1, clamp_min_m=0.1, resize=Resize.DEPTH)
PROTOCOLS = {
    'thermal_outdoor': THERMAL_OUTDOOR,
    'thermal_indoor': THERMAL_INDOOR,
    'robotcar_40m': ROBOTCAR_40M,
    'nuscenes': NUSCENES,
}


@dataclasses.dataclass(frozen=True, eq=False)
class DepthPairs:
    """True and predicted depths (N,) m at the valid, predicted pixels of one image."""

    gt_m: np.ndarray
    predicted_m: np.ndarray
    median_ratio: float  # median(gt) / median(prediction); 1 means metric
    withheld: int  # valid pixels whose prediction is NaN
    pixels: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0, np.int64))
    shape: tuple[int, ...] = (0, 0)  # of the ground truth, in which `pixels` (N,) are indices


def depth_metrics(gt_m: np.ndarray, predicted_m: np.ndarray) -> DepthMetrics:
    """Compute the seven metrics of paired positive depths (N,)."""
    gt, predicted = np.asarray(gt_m, np.float64), np.asarray(predicted_m, np.float64)
    sums = np.zeros(7)
    for part in blocks(len(gt)):
        sums += pixel_errors(gt[part], np.log(gt[part]), predicted[part]).sums
    return metrics_of(sums, len(gt))


def blocks(count: int) -> Iterator[slice]:
    """Yield slices that together are all of `count` values.

    Each is small enough for what is computed of it to stay in the cache of a processor, which is
    several times faster than the memory.
    """
    for first in range(0, count, _BLOCK):
        yield slice(first, first + _BLOCK)


@dataclasses.dataclass(frozen=True, eq=False)
class PixelErrors:
    """Errors of pixels (N,)."""

    relative: np.ndarray  # |gt - predicted| / gt
    near: np.ndarray  # whether they count for delta1
    sums: np.ndarray  # (7,) over the pixels, of which the metrics are made, in their order


def pixel_errors(gt: np.ndarray, log_gt: np.ndarray, predicted: np.ndarray) -> PixelErrors:
    """Compare positive depths (N,) float64; `log_gt` are the logarithms of the true ones."""
    difference = gt - predicted
    size = np.abs(difference)
    relative = size / gt
    logarithm = log_gt - np.log(predicted)
    # max(gt / predicted, predicted / gt) < limit
    near = [
        (gt < limit * predicted) & (predicted < limit * gt) for limit in (1.25, 1.25**2, 1.25**3)
    ]
    sums = np.array(
        [
            relative.sum(),
            np.dot(relative, size),
            np.dot(difference, difference),
            np.dot(logarithm, logarithm),
            *map(np.count_nonzero, near),
        ]
    )
    return PixelErrors(relative, near[0], sums)


def metrics_of(sums: np.ndarray, pixels: int) -> DepthMetrics:
    """Return the metrics of an image by the sums (7,) over its pixels; see PixelErrors."""
    absolute, squared, square, logarithm, *near = (sums / pixels).tolist()
    return DepthMetrics(absolute, squared, square**0.5, logarithm**0.5, *near)


def resize_depth(depth_m: np.ndarray, height: int, width: int, how: Resize) -> np.ndarray:
    """Resample a depth map (h, w) to (height, width), float64."""
    depth = np.asarray(depth_m, np.float64)
    if how is Resize.DEPTH:
        return _resize_corners(depth, height, width)
    if how is Resize.DISPARITY:
        # Infinite depths become finite numbers; all other depths are unchanged.
        return 1.0 / _resize_bilinear(1.0 / np.clip(depth, 1.0 / _FAR_M, _FAR_M), height, width)
    return 1.0 / (_resize_bilinear(1.0 / (depth + _EPSILON), height, width) + _EPSILON)


def _resize_bilinear(values: np.ndarray, height: int, width: int) -> np.ndarray:
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _resize_corners(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize bilinearly with align_corners=True."""
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
    between: np.ndarray = upper * (1 - v) + lower * v
    return between


def depth_pairs(
    gt_m: np.ndarray, predicted_m: np.ndarray, protocol: DepthProtocol
) -> DepthPairs | None:
    """Pair a prediction (h, w) with ground truth (H, W), resized according to the protocol.

    Invalid ground truth is 0, NaN or infinite. NaN predictions are skipped; +Inf (too far, sky)
    and -Inf (too near) are predictions and count as the farthest and nearest depth (REP 117).

    Returns:
        The pairs, or None if no valid pixel of the ground truth was predicted.
    """
    gt, predicted = np.asarray(gt_m), np.asarray(predicted_m)
    if predicted.shape != gt.shape:
        height, width = gt.shape
        finite = _without_infinity(predicted.astype(np.float64))
        predicted = resize_depth(finite, height, width, protocol.resize)
    known, withheld = _known_pixels(gt.reshape(-1), predicted.reshape(-1), protocol)
    if not known:
        return None
    pixels, true, said = (np.concatenate(parts) for parts in zip(*known, strict=True))
    if not len(pixels):
        return None
    said = _without_infinity(said)
    return DepthPairs(true, said, median_ratio(true, said), withheld, pixels, gt.shape)


def _known_pixels(
    gt_m: np.ndarray, predicted_m: np.ndarray, protocol: DepthProtocol
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], int]:
    """Return the valid, predicted pixels of maps (N,), and the number of those not predicted.

    The pixels are index, truth and prediction, float64, block by block.
    """
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    withheld = 0
    for part in blocks(len(gt_m)):
        gt, predicted = gt_m[part].astype(np.float64), predicted_m[part].astype(np.float64)
        valid = (gt > protocol.min_gt_m) & (gt < protocol.max_gt_m)
        with_truth = np.count_nonzero(valid)
        valid &= ~np.isnan(predicted)
        known = np.flatnonzero(valid)
        withheld += int(with_truth) - len(known)
        if len(known) < len(gt):
            gt, predicted = gt.take(known), predicted.take(known)
        found.append((known + part.start, gt, predicted))
    return found, withheld


def _without_infinity(depth_m: np.ndarray) -> np.ndarray:
    """Return depth with numbers for what is too far and too near; NaN stays."""
    if not np.isinf(depth_m).any():
        return depth_m
    finite: np.ndarray = np.nan_to_num(depth_m, nan=np.nan, posinf=_FAR_M, neginf=0.0)
    return finite


def median_ratio(gt_m: np.ndarray, predicted_m: np.ndarray) -> float:
    """Return the ratio of medians over the pixels with a finite prediction."""
    in_range = (predicted_m > 0) & (predicted_m < _FAR_M)
    if not in_range.any():
        return 1.0
    if not in_range.all():
        gt_m, predicted_m = gt_m[in_range], predicted_m[in_range]
    return _median(gt_m) / _median(predicted_m)


def _median(values: np.ndarray) -> float:
    """Return the median of numbers (N,), as np.median does, with one partition."""
    middle = len(values) // 2
    ordered = np.partition(values, middle)
    upper = float(ordered[middle])
    return upper if len(values) % 2 else (float(ordered[:middle].max()) + upper) / 2


def counted_depths(
    pairs: DepthPairs, protocol: DepthProtocol
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the depths (N,) to compare: scaled and clamped predictions, ground truth to the cap.

    Returns:
        Ground truth and prediction, or None if all ground truth lies beyond the cap.
    """
    scale = pairs.median_ratio if protocol.median_scaling else 1.0
    predicted = np.clip(pairs.predicted_m * scale, protocol.clamp_min_m, protocol.clamp_max_m)
    if math.isinf(protocol.cap_m):
        return pairs.gt_m, predicted
    counted = pairs.gt_m <= protocol.cap_m
    return (pairs.gt_m[counted], predicted[counted]) if counted.any() else None


def mean_metrics(metrics: Sequence[DepthMetrics]) -> DepthMetrics:
    """Average the metrics of images with equal weights.

    Raises:
        ValueError: There is no image.
    """
    return mean_of_sums(np.array([row.row for row in metrics]).sum(0), len(metrics))


def mean_of_sums(sums: np.ndarray, images: int) -> DepthMetrics:
    """Return the means of metrics by their sums (7,) over images.

    Raises:
        ValueError: There is no image.
    """
    if not images:
        raise ValueError('no image had a valid ground-truth pixel')
    return DepthMetrics(*(sums / images).tolist())
