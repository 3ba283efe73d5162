# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Scale and shift that turn relative inverse depth into 1 / depth in 1/m, by robust regression."""

import dataclasses

import numpy as np

_ROUNDS = 30
_CANDIDATES, _JUDGED = 500, 1000  # pairs of points that are tried, points that judge each
_CUT = 4.685  # of Tukey's biweight, in deviations: 95 % efficient for normal errors
_MAD_TO_DEVIATION = 1.4826
_LEAST_POINTS = 100


class ScaleError(ValueError):
    """Scale and shift cannot be determined; the message says why."""


@dataclasses.dataclass(frozen=True)
class ScaleFit:
    """1 / depth = scale * value + shift.

    Attributes:
        scale: 1/m.
        shift: 1/m.
        points: Number of pixels of known depth.
        inliers: Share of them with a weight above one half.
        abs_rel: Median relative error of the fitted depth.
    """

    scale: float
    shift: float
    points: int
    inliers: float
    abs_rel: float

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Return 1 / depth of values of any shape; it may be negative beyond all known depths."""
        return np.float32(self.scale) * values + np.float32(self.shift)

    def __str__(self) -> str:
        return (
            f'1 / depth = {self.scale:.4g} x + {self.shift:.4g}, {self.points} pixels, '
            f'{self.inliers:.0%} of them inliers, median relative error {self.abs_rel:.3f}'
        )


def fit_scale(values: np.ndarray, depth_m: np.ndarray) -> ScaleFit:
    """Fit scale and shift by iteratively reweighted least squares with Tukey's biweight.

    Errors are ratios of depths. The first estimate has the least median of errors, which up to
    half of the points may spoil.

    Args:
        values: (N,) relative inverse depth.
        depth_m: (N,) known depth, positive.

    Raises:
        ScaleError: Too few points, values that do not vary, or that grow with depth.
    """
    known = np.isfinite(values) & np.isfinite(depth_m) & (depth_m > 0)
    x, depth = values[known].astype(np.float64), depth_m[known].astype(np.float64)
    if len(x) < _LEAST_POINTS:
        raise ScaleError(f'{len(x)} pixels of known depth, {_LEAST_POINTS} are needed')
    if np.ptp(x) <= 1e-9 * max(float(np.abs(x).max()), 1e-30):
        raise ScaleError('the teacher predicts the same value everywhere')
    solution = _least_median(x, depth)
    rows = np.stack([x, np.ones_like(x)], 1) * depth[:, None]  # relative errors: target is one
    for _ in range(_ROUNDS):
        error = _log_ratio(rows @ solution)
        deviation = max(_MAD_TO_DEVIATION * float(np.median(np.abs(error))), 1e-6)
        weights = np.square(np.clip(1.0 - np.square(error / (_CUT * deviation)), 0.0, None))
        weighted = rows * weights[:, None]
        solution = np.linalg.lstsq(weighted.T @ rows, weighted.sum(0), rcond=None)[0]
    scale, shift = (float(value) for value in solution)
    if not scale > 0:
        raise ScaleError(
            f'its values grow with depth (scale {scale:.3g} 1/m), so that they are no inverse '
            'depth; does depth_output fit the teacher?'
        )
    disparity = np.maximum(scale * x + shift, 1e-6)
    abs_rel = float(np.median(np.abs(1.0 / disparity - depth) / depth))
    return ScaleFit(scale, shift, len(x), float((weights > 0.5).mean()), abs_rel)


def _least_median(x: np.ndarray, depth_m: np.ndarray) -> np.ndarray:
    """Return scale and shift through two of the points, with the least median error of some."""
    rng = np.random.default_rng(0)
    judged = rng.choice(len(x), min(len(x), _JUDGED), replace=False)
    best, least = np.array([0.0, 1.0 / float(np.median(depth_m))]), np.inf
    for first, second in rng.integers(0, len(x), (_CANDIDATES, 2)):
        if x[first] == x[second]:
            continue
        scale = (1.0 / depth_m[first] - 1.0 / depth_m[second]) / (x[first] - x[second])
        shift = 1.0 / depth_m[first] - scale * x[first]
        error = np.abs(_log_ratio((scale * x[judged] + shift) * depth_m[judged]))
        median = float(np.median(error))
        if median < least:
            best, least = np.array([scale, shift]), median
    return best


def _log_ratio(ratio: np.ndarray) -> np.ndarray:
    """Return the logarithm of true to fitted depth; a fit behind the camera is a large error."""
    logarithm: np.ndarray = np.log(np.maximum(ratio, 1e-3))
    return logarithm
