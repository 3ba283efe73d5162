# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Class weights by inverse frequency, so that thin and rare objects are learned too."""

from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.training.rgb.domain import Domain

_MOST_IMAGES = 200  # of each light; more do not change shares noticeably
# A rarer class may as well be a mistake of the teacher; its frequency is clamped to this.
_LEAST_SHARE = 1e-3


def class_shares(domains: Sequence[Domain], classes: int, threshold: float) -> np.ndarray:
    """Return the frequency (C,) of each class in the labels; all 0 without labels.

    Args:
        domains: Day and night images, of which an evenly spread subset is counted.
        classes: Number of classes.
        threshold: Scores up to this are ignored.
    """
    total = np.zeros(classes)
    for domain in domains:
        chosen = np.linspace(0, len(domain) - 1, min(len(domain), _MOST_IMAGES)).astype(int)
        for index in chosen.tolist():
            labels = domain.scores(index)
            if labels is None:
                continue
            scores = labels.scores / 255.0
            teaching = np.where(scores > threshold, scores, 0.0)
            total += np.bincount(labels.class_ids.ravel(), teaching.ravel(), classes)[:classes]
    return total / total.sum() if total.any() else total


def balanced_weights(shares: np.ndarray, balance: float) -> np.ndarray:
    """Return weights (C,) proportional to frequency^-balance, with mean 1 over the labels.

    Frequencies below a thousandth are clamped, so that mistakes of a teacher do not dominate.
    A class without any labels has the weight 0.
    """
    seen = shares > 0
    weights = np.zeros_like(shares)
    weights[seen] = np.maximum(shares[seen], _LEAST_SHARE) ** -balance
    mean = float((shares * weights).sum())
    return weights / mean if mean else weights
