# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Robust scale and shift between the output of a network and inverse depth.

The model is inverse depth = scale * x + shift, with x the output of the network and errors that
grow with inverse depth, as those of networks do. It is fitted to predict: what matters is the
depth that is made of x. A least median of squares over random pairs of pixels starts Tukey's
iteratively reweighted least squares; a bootstrap over frames gives the standard errors, because the
pixels of a frame share its errors. As noise in x flattens a line that predicts, the difference from
the regression of x on inverse depth, which noise in x leaves as it is, is part of the errors.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.metrics.baselines import BlindDepthAccumulator
from thermal_depth_ros.metrics.depth import DepthPairs, DepthProtocol

MIN_FRAMES = 5
MIN_PIXELS = 200  # of all frames
MIN_SPREAD = 0.05  # of inverse depth (5 to 95 %), relative to its median, for a shift
MAX_RELATIVE_ERROR = 0.5  # of the scale; a network that sees depth is far below
_BOOTSTRAPS = 200
_STARTS = 400  # random pairs
_STARTING_PIXELS = 3000
_ITERATIONS, _BOOTSTRAP_ITERATIONS = 30, 8
_EXACT = 1e-9  # smaller relative residuals are none
_TUKEY = 4.685  # 95 % efficiency with normal errors
_MAD_TO_SIGMA = 1.4826
_FLOOR_SHARE = 0.25  # of the median inverse depth: errors of networks do not vanish far away
_MOST_PIXELS = 40_000  # of all frames


class TooLittleKnownError(EvaluationError):
    """Too few frames, pixels or stretches of motion have a known depth or length."""


@dataclasses.dataclass(frozen=True, eq=False)
class FrameSamples:
    """Pixels of one frame: output of the network (N,), and inverse depth (N,) in 1/m.

    `pixels` (N,) are their indices in a frame of a shape (H, W), where those are known.
    """

    output: np.ndarray
    inverse_depth: np.ndarray
    pixels: np.ndarray | None = None
    shape: tuple[int, int] = (0, 0)

    def chosen(self, which: np.ndarray) -> 'FrameSamples':
        """Return some of the pixels, by a mask or by indices."""
        pixels = None if self.pixels is None else self.pixels[which]
        return FrameSamples(self.output[which], self.inverse_depth[which], pixels, self.shape)


@dataclasses.dataclass(frozen=True)
class FittedScale:
    """depth_m = 1 / (scale * x + shift), with standard errors and what they rest on.

    Attributes:
        scale: Per unit of the output, 1/m.
        shift: 1/m.
        scale_error: Standard error.
        shift_error: Standard error.
        frames: Number of frames.
        pixels: Number of pixels.
        relative_error: Median over the pixels of |predicted / true depth - 1|; None without any.
        constant_error: The same for the best constant depth, which never looks at an image.
        fixed_map_error: The same for the mean inverse depth that all other frames have at the
            place of a pixel; None where places are unknown.
    """

    scale: float
    shift: float
    scale_error: float
    shift_error: float
    frames: int
    pixels: int
    relative_error: float | None
    constant_error: float | None
    fixed_map_error: float | None = None


def fit_scale(frames: Sequence[FrameSamples], *, with_shift: bool, seed: int = 0) -> FittedScale:
    """Fit the scale, and the shift or a shift of zero.

    Args:
        frames: Frames with known depth; those without pixels do not count.
        with_shift: Whether inverse depth is known up to scale and shift, or up to scale alone.
        seed: Random seed of the starts and of the bootstrap.

    Raises:
        TooLittleKnownError: Too few frames or pixels.
        EvaluationError: Outputs that do not rise with inverse depth, or hardly.
    """
    frames = [frame for frame in map(_usable, frames) if len(frame.output)]
    pixels = sum(len(frame.output) for frame in frames)
    if len(frames) < MIN_FRAMES or pixels < MIN_PIXELS:
        raise TooLittleKnownError(
            f'{pixels} pixels of {len(frames)} frames have a known depth; at least {MIN_PIXELS} '
            f'pixels of {MIN_FRAMES} frames are needed'
        )
    frames = _thinned(frames, seed)
    problem = _Regression(frames, with_shift)
    rng = np.random.default_rng(seed)
    line = problem.refine(problem.start(rng), np.ones(len(frames)), _ITERATIONS)
    drawn = _bootstrap(problem, line, len(frames), rng)
    scale, shift = float(line[0]), float(line[1])
    if scale <= 0:
        raise EvaluationError(
            f'the scale would be negative ({scale:.3g}): the output of the network falls where '
            'things are nearer, so that it is no inverse depth'
        )
    scale_error, shift_error = _spread(drawn, len(frames))
    if scale_error > MAX_RELATIVE_ERROR * scale or (drawn[:, 0] <= 0).any():
        raise EvaluationError(
            'the output of the network hardly follows the known depth: the scale has a standard '
            f'error of {scale_error / scale:.0%}'
        )
    flattening = np.abs(problem.reversed(line) - line) if with_shift else np.zeros(2)
    return FittedScale(
        scale=scale,
        shift=shift + 0.0,  # no negative zero
        scale_error=math.hypot(scale_error, float(flattening[0])),
        shift_error=math.hypot(shift_error, float(flattening[1])),
        frames=len(frames),
        pixels=pixels,
        relative_error=_relative_error(problem, line),
        constant_error=_constant_error(problem.q),
        fixed_map_error=_fixed_map_error(frames),
    )


def _usable(frame: FrameSamples) -> FrameSamples:
    """Keep pixels with both values; an output of zero is clipped, and says only 'far'."""
    x, q = np.asarray(frame.output, np.float64), np.asarray(frame.inverse_depth, np.float64)
    with np.errstate(invalid='ignore'):
        kept = np.isfinite(x) & (x > 0) & np.isfinite(q) & (q > 0)
    return dataclasses.replace(frame, output=x, inverse_depth=q).chosen(kept)


def _thinned(frames: Sequence[FrameSamples], seed: int) -> list[FrameSamples]:
    """Leave out pixels of all frames alike if there are very many."""
    rng = np.random.default_rng(seed)
    most = max(1, _MOST_PIXELS // len(frames))
    thin = []
    for frame in frames:
        count = len(frame.output)
        some = np.arange(count) if count <= most else rng.choice(count, most, replace=False)
        thin.append(frame.chosen(some))
    return thin


class _Regression:
    """Weighted regression q = scale * x + shift over the pixels of all frames."""

    def __init__(self, frames: Sequence[FrameSamples], with_shift: bool) -> None:
        self.x = np.concatenate([frame.output for frame in frames])
        self.q = np.concatenate([frame.inverse_depth for frame in frames])
        self.frame = np.repeat(np.arange(len(frames)), [len(frame.output) for frame in frames])
        self.with_shift = with_shift
        low, middle, high = np.quantile(self.q, (0.05, 0.5, 0.95))
        if with_shift and high - low < MIN_SPREAD * middle:
            raise EvaluationError(
                f'every known depth is {1 / middle:.3g} m, so that scale and shift cannot be told '
                'apart; record near and far things'
            )
        self._floor = _FLOOR_SHARE * middle

    def start(self, rng: np.random.Generator) -> np.ndarray:
        """Return the line (2,) with the least median of absolute residuals."""
        if not self.with_shift:
            return np.array([float(np.median(self.q / self.x)), 0.0])
        some = rng.choice(len(self.x), min(len(self.x), _STARTING_PIXELS), replace=False)
        x, q = self.x[some], self.q[some]
        first, second = rng.integers(len(some), size=(2, _STARTS))
        low, high = np.quantile(x, (0.05, 0.95))
        apart = np.abs(x[first] - x[second]) > MIN_SPREAD * (high - low)
        first, second = first[apart], second[apart]
        if not len(first):
            raise EvaluationError(f'the output of the network is {x[0]:.3g} everywhere')
        slopes = (q[first] - q[second]) / (x[first] - x[second])
        lines = np.stack([slopes, q[first] - slopes * x[first]], 1)
        errors = [np.median(np.abs(self._residual(x, q, line)[0])) for line in lines]
        best: np.ndarray = lines[int(np.argmin(errors))]
        return best

    def refine(self, line: np.ndarray, of_frame: np.ndarray, iterations: int) -> np.ndarray:
        """Return the line (2,) after Tukey's reweighting.

        Args:
            line: Scale and shift to start from.
            of_frame: (F,) weight of each frame.
            iterations: Most iterations.
        """
        of_pixel = of_frame[self.frame]
        kept = of_pixel > 0
        x, q, of_pixel = self.x[kept], self.q[kept], of_pixel[kept]
        for _ in range(iterations):
            residual, weight = self._residual(x, q, line)
            new = _solve(x, q, of_pixel * (weight * _tukey(residual)) ** 2, self.with_shift)
            done = np.allclose(new, line, rtol=1e-7, atol=0.0)
            line = new
            if done:
                break
        return line

    def reversed(self, line: np.ndarray) -> np.ndarray:
        """Return the line (2,) that the regression of x on q gives, starting from another."""
        weight = 1.0 / (self.q + self._floor)
        for _ in range(_ITERATIONS):
            share = _tukey(weight * (line[0] * self.x + line[1] - self.q))
            slope, offset = _solve(self.q, self.x, (weight * share) ** 2, True)
            if not slope > 0:
                break
            line = np.array([1.0 / slope, -offset / slope])
        return line

    def _residual(
        self, x: np.ndarray, q: np.ndarray, line: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals relative to the predicted inverse depth, and the factors for it."""
        predicted = line[0] * x + line[1]
        weight = 1.0 / (np.maximum(predicted, 0.0) + self._floor)
        return weight * (q - predicted), weight


def _tukey(residual: np.ndarray) -> np.ndarray:
    """Return the square roots of Tukey's weights."""
    sigma = _MAD_TO_SIGMA * float(np.median(np.abs(residual)))
    shares: np.ndarray = 1.0 - np.minimum((residual / (_TUKEY * max(sigma, _EXACT))) ** 2, 1.0)
    return shares


def _solve(x: np.ndarray, q: np.ndarray, weight: np.ndarray, with_shift: bool) -> np.ndarray:
    """Return scale and shift (2,) of a weighted least squares fit."""
    if not with_shift:
        return np.array([float((weight * q * x).sum() / (weight * x * x).sum()), 0.0])
    total = float(weight.sum())
    q_mean, x_mean = float((weight * q).sum()) / total, float((weight * x).sum()) / total
    centred = x - x_mean
    scale = float((weight * centred * (q - q_mean)).sum() / (weight * centred**2).sum())
    return np.array([scale, q_mean - scale * x_mean])


def _bootstrap(
    problem: _Regression, line: np.ndarray, frames: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the lines (B, 2) of frames drawn with replacement."""
    drawn = rng.multinomial(frames, np.full(frames, 1.0 / frames), size=_BOOTSTRAPS)
    refined = [problem.refine(line, row.astype(float), _BOOTSTRAP_ITERATIONS) for row in drawn]
    return np.stack(refined)


def _spread(values: np.ndarray, frames: int) -> tuple[float, ...]:
    """Return standard errors from bootstrap values (B, N); few frames are drawn too alike."""
    errors = values.std(axis=0) * math.sqrt(frames / (frames - 1))
    return tuple(float(error) for error in np.atleast_1d(errors))


def _relative_error(problem: _Regression, line: np.ndarray) -> float:
    predicted = np.maximum(line[0] * problem.x + line[1], 1e-6)
    return float(np.median(np.abs(problem.q / predicted - 1.0)))


def _constant_error(q: np.ndarray) -> float:
    """Return the error of the median depth."""
    return float(np.median(np.abs(q / np.median(q) - 1.0)))


def _fixed_map_error(frames: Sequence[FrameSamples]) -> float | None:
    """Return the error of the mean inverse depth of all other frames at every place."""
    blind = BlindDepthAccumulator(DepthProtocol())
    for frame in frames:
        if frame.pixels is None:
            return None
        depth_m = 1.0 / frame.inverse_depth
        blind.add(DepthPairs(depth_m, depth_m, 1.0, 0, frame.pixels, frame.shape))
    errors = [one.fixed_map_m / one.gt_m - 1.0 for one in blind.predictions()]
    return float(np.median(np.abs(np.concatenate(errors))))


def fit_factor(ratios: Sequence[float], seed: int = 0) -> FittedScale:
    """Return the scale from metres per network unit (R,), one for each stretch of a drive.

    Raises:
        TooLittleKnownError: Too few stretches.
        EvaluationError: Stretches that contradict each other.
    """
    values = np.asarray(ratios, np.float64)
    if len(values) < MIN_FRAMES:
        raise TooLittleKnownError(
            f'the recordings have {len(values)} stretches of motion that the network follows; at '
            f'least {MIN_FRAMES} are needed'
        )
    drawn = np.random.default_rng(seed).choice(values, (_BOOTSTRAPS, len(values)))
    factor = float(np.median(values))
    (error,) = (e / factor for e in _spread(np.median(drawn, axis=1), len(values)))
    if error > MAX_RELATIVE_ERROR:
        raise EvaluationError(
            f'the motion of the network hardly follows that of the recording: the scale has a '
            f'standard error of {error:.0%}'
        )
    return FittedScale(1.0 / factor, 0.0, error / factor, 0.0, len(values), 0, None, None)
