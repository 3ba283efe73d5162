# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether confidence tells where depth is wrong: sparsification (Ilg et al. 2018).

The least confident pixels of an image are left out, more and more of them; the mean error of the
rest should fall. The best order is that by the error itself, the oracle.
"""

import dataclasses

import numpy as np

STEPS = 20  # shares left out: 0, 1/20 ... 19/20
MOST_PIXELS = 1 << 14  # of an image, drawn at random


@dataclasses.dataclass(frozen=True)
class Sparsification:
    """Mean error of the pixels that are left, by the share left out; means over images.

    Attributes:
        images: Number of images.
        shares: Shares left out.
        errors: Error of the rest, in the order of the confidence.
        oracle: Error of the rest, in the order of the error.
        ause: Area between both curves, in units of the error; 0 is perfect.
        gain: Share of what the oracle gains over a random order: 1 is perfect, 0 says nothing, and
            less misleads. None where the error is the same everywhere.
    """

    images: int
    shares: tuple[float, ...]
    errors: tuple[float, ...]
    oracle: tuple[float, ...]
    ause: float
    gain: float | None


class SparsificationAccumulator:
    """Averages the curves of images."""

    def __init__(self) -> None:
        self._images = 0
        self._sums = np.zeros((2, STEPS))

    def add(self, error: np.ndarray, confidence: np.ndarray) -> None:
        """Add the pixels of an image: errors (N,) and confidences (N,); NaN confidence is lowest.

        An image with fewer pixels than steps is left out.
        """
        if len(error) < STEPS:
            return
        # In random order, so that pixels of equal confidence are left out evenly.
        chosen = np.random.default_rng(len(error)).permutation(len(error))[:MOST_PIXELS]
        error = error[chosen].astype(np.float64)
        confidence = np.nan_to_num(confidence[chosen].astype(np.float64), nan=-np.inf)
        self._sums[0] += _curve(error[np.argsort(-confidence, kind='stable')])
        self._sums[1] += _curve(np.sort(error))
        self._images += 1

    def merge(self, other: 'SparsificationAccumulator') -> None:
        """Add the images of another."""
        self._images += other._images
        self._sums += other._sums

    def result(self) -> Sparsification | None:
        """Return the mean curves; None without an image."""
        if not self._images:
            return None
        errors, oracle = self._sums / self._images
        ause, possible = float((errors - oracle).mean()), float((oracle[0] - oracle).mean())
        return Sparsification(
            images=self._images,
            shares=tuple(step / STEPS for step in range(STEPS)),
            errors=tuple(errors.tolist()),
            oracle=tuple(oracle.tolist()),
            ause=ause,
            gain=1.0 - ause / possible if possible > 1e-9 * oracle[0] else None,
        )


def _curve(ordered: np.ndarray) -> np.ndarray:
    """Return the mean (STEPS,) of the first 1, 19/20, 18/20 ... of the errors (N,)."""
    means = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    kept = np.ceil(len(ordered) * (1.0 - np.arange(STEPS) / STEPS)).astype(int)
    curve: np.ndarray = means[kept - 1]
    return curve
