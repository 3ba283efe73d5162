# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Differences of two models on the same frames, with intervals from a block bootstrap.

Frames of one drive resemble each other, so that they are no independent observations: whole
drives are drawn with replacement or, if there are few, blocks of consecutive frames. Every figure
is a function of sums over frames; the sums of a draw are those of its blocks, each as often as it
was drawn.
"""

import dataclasses
import statistics
from collections.abc import Callable

import numpy as np

CONFIDENCE = 0.95
DRAWS = 2000
FEWEST_BLOCKS = 6  # with fewer, no interval is given
ENOUGH_DRIVES = 10  # with fewer, drives are cut into blocks
BLOCK_S = 10.0
_ROUNDING = 1e-6  # relative: a difference below it is none
_MOST_UNKNOWN = 0.05  # share of draws without a value
_CHUNK = 200  # draws at a time, so that memory stays small

# From sums (R, K) of R draws to values (R,); NaN where there is none.
Statistic = Callable[[np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Blocks:
    """Division of frames into blocks, which are drawn as a whole.

    Attributes:
        of_frame: (N,) block of each frame, from 0 to count - 1.
        count: Number of blocks.
        are_drives: Whether every block is a drive.
        drives: Number of drives.
    """

    of_frame: np.ndarray
    count: int
    are_drives: bool
    drives: int

    @property
    def text(self) -> str:
        """Description for people."""
        if self.are_drives:
            return f'{self.drives} drives'
        drives = 'a single drive' if self.drives == 1 else f'{self.drives} drives'
        blocks = 'one block' if self.count == 1 else f'{self.count} blocks'
        return f'{blocks} of {BLOCK_S:g} s of {drives}'

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Return the sums (blocks, K) of the values (N, K) of frames."""
        sums = np.zeros((self.count, values.shape[1]))
        np.add.at(sums, self.of_frame, values)
        return sums


@dataclasses.dataclass(frozen=True)
class Difference:
    """A figure of two models and its difference, second minus first.

    `low` and `high` bound the difference; None if there are too few blocks. Values are None where
    no frame has any.
    """

    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def sign(self) -> int | None:
        """1 or -1 if the interval lies above or below zero, 0 if not, None if there is none."""
        if self.low is None or self.high is None or self.first is None or self.second is None:
            return None
        least = _ROUNDING * max(abs(self.first), abs(self.second))
        return int(self.low > least) - int(self.high < -least)


def blocks_of(drives: np.ndarray, stamps_ns: np.ndarray) -> Blocks:
    """Divide frames into blocks.

    With at least ENOUGH_DRIVES drives, every drive is a block. Otherwise drives are cut every
    BLOCK_S seconds; a remainder of less than half of that belongs to the block before it.

    Args:
        drives: (N,) index of the drive of each frame, of any integers.
        stamps_ns: (N,) int64.
    """
    names, drive = np.unique(drives, return_inverse=True)
    if len(names) >= ENOUGH_DRIVES or not len(drive):
        return Blocks(drive, len(names), True, len(names))
    label = np.zeros(len(drive), np.int64)
    count = 0
    for index in range(len(names)):
        own = drive == index
        seconds = (stamps_ns[own] - stamps_ns[own].min()) / 1e9
        number = max(1, round(float(seconds.max()) / BLOCK_S))
        label[own] = count + np.minimum((seconds / BLOCK_S).astype(np.int64), number - 1)
        count += number
    _, of_frame = np.unique(label, return_inverse=True)  # gaps leave blocks empty
    return Blocks(of_frame, int(of_frame.max()) + 1, False, len(names))


def draws(count: int, seed: int = 0) -> np.ndarray:
    """Return how often each of `count` blocks occurs in each draw, (DRAWS, count)."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=DRAWS)


def paired_difference(
    first: np.ndarray, second: np.ndarray, statistic: Statistic, drawn: np.ndarray
) -> Difference:
    """Return a figure of both models and the interval of its difference.

    The interval is that of percentiles of the bootstrap, widened for a small number of blocks as
    Hesterberg 2015 (What Teachers Should Know About the Bootstrap, 5.2) does: each share alpha/2
    that is cut off becomes Phi(-sqrt(n / (n - 1)) t_(1 - alpha/2, n - 1)).

    Args:
        first: Sums (blocks, K) of the first model.
        second: Those of the second, over the same frames.
        statistic: Computes the figure from sums.
        drawn: Result of `draws`.
    """
    before, after = (float(statistic(sums.sum(0, keepdims=True))[0]) for sums in (first, second))
    if not np.isfinite([before, after]).all():
        return Difference(_finite(before), _finite(after), None, None, None)
    blocks = len(first)
    if blocks < FEWEST_BLOCKS:
        return Difference(before, after, after - before, None, None)
    resampled = np.concatenate(
        [
            statistic(part @ second) - statistic(part @ first)
            for part in np.split(drawn, range(_CHUNK, len(drawn), _CHUNK))
        ]
    )
    known = resampled[np.isfinite(resampled)]
    if len(known) < (1 - _MOST_UNKNOWN) * len(resampled):
        return Difference(before, after, after - before, None, None)
    share = _tail_share(blocks)
    low, high = (float(v) for v in np.quantile(known, (share, 1 - share)))
    return Difference(before, after, after - before, low, high)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _tail_share(blocks: int) -> float:
    """Return the share of the draws to leave out at either end."""
    normal = statistics.NormalDist()
    quantile = _student_quantile(normal.inv_cdf(0.5 + CONFIDENCE / 2), blocks - 1)
    return normal.cdf(-quantile * float(np.sqrt(blocks / (blocks - 1))))


def _student_quantile(z: float, freedom: int) -> float:
    """Return the quantile of Student's t for that of the normal distribution.

    The expansion by Fisher and Cornish (Abramowitz and Stegun 26.7.5); off by less than 0.2 % at
    five degrees of freedom and 95 %.
    """
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))
