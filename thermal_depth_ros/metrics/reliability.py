# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether class probabilities are what they say: reliability diagram and ECE (Guo et al. 2017)."""

import dataclasses

import numpy as np

BINS = 15
_MOST_PIXELS = 1 << 16  # to fit a temperature
_TEMPERATURES = (0.05, 20.0)


@dataclasses.dataclass(frozen=True)
class ReliabilityBin:
    """Pixels whose probability lies in a range: its mean, and the share that is right."""

    low: float
    high: float
    pixels: int
    confidence: float
    accuracy: float


@dataclasses.dataclass(frozen=True)
class Reliability:
    """Reliability of the probability of the chosen class.

    Attributes:
        pixels: Number of pixels.
        ece: Expected calibration error: mean over pixels of |confidence - accuracy| of their bin.
        confidence: Mean probability; above the accuracy, the network is overconfident.
        accuracy: Share of right pixels.
        bins: Bins with pixels.
    """

    pixels: int
    ece: float
    confidence: float
    accuracy: float
    bins: tuple[ReliabilityBin, ...]


class ReliabilityAccumulator:
    """Counts pixels by probability."""

    def __init__(self) -> None:
        self._sums = np.zeros((BINS, 3))  # pixels, sum of probabilities, right pixels

    def add(self, confidence: np.ndarray, right: np.ndarray) -> None:
        """Add pixels: probability (N,) of the chosen class, and whether it is right (N,) bool.

        Pixels without a finite probability are left out.
        """
        known = np.isfinite(confidence)
        confidence = np.clip(confidence[known].astype(np.float64), 0.0, 1.0)
        place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
        for column, values in enumerate((None, confidence, right[known].astype(np.float64))):
            self._sums[:, column] += np.bincount(place, values, minlength=BINS)

    def merge(self, other: 'ReliabilityAccumulator') -> None:
        """Add the pixels of another."""
        self._sums += other._sums

    def result(self) -> Reliability | None:
        """Return the diagram; None without pixels."""
        pixels, confidence, right = self._sums.sum(0)
        if not pixels:
            return None
        bins = [
            ReliabilityBin(place / BINS, (place + 1) / BINS, int(n), float(c / n), float(r / n))
            for place, (n, c, r) in enumerate(self._sums)
            if n
        ]
        return Reliability(
            pixels=int(pixels),
            ece=float(np.abs(self._sums[:, 1] - self._sums[:, 2]).sum() / pixels),
            confidence=float(confidence / pixels),
            accuracy=float(right / pixels),
            bins=tuple(bins),
        )


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature T that makes softmax(logits / T) most likely.

    The negative log-likelihood is convex in 1 / T; its minimum is found by golden section. It
    changes no class, only the probabilities.

    Args:
        logits: (N, C) of pixels.
        labels: (N,) true class of each, below C.
    """
    chosen = np.random.default_rng(0).permutation(len(labels))[:_MOST_PIXELS]
    values = logits[chosen].astype(np.float64)
    values -= values.max(1, keepdims=True)
    true = values[np.arange(len(values)), labels[chosen].astype(np.int64)]

    def loss(inverse: float) -> float:
        return float(np.mean(np.log(np.exp(inverse * values).sum(1)) - inverse * true))

    low, high = 1.0 / _TEMPERATURES[1], 1.0 / _TEMPERATURES[0]
    golden = 0.5 * (5**0.5 - 1)
    a, b = high - golden * (high - low), low + golden * (high - low)
    loss_a, loss_b = loss(a), loss(b)
    while high - low > 1e-4 * high:
        if loss_a < loss_b:
            high, b, loss_b = b, a, loss_a
            a = high - golden * (high - low)
            loss_a = loss(a)
        else:
            low, a, loss_a = a, b, loss_b
            b = low + golden * (high - low)
            loss_b = loss(b)
    return 2.0 / (low + high)
