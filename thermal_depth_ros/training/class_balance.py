# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weights of classes by how rare they are, so that thin and rare things are learned too."""

from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.training.rgb_domain import Domain

_MOST_IMAGES = 200  # of each light; more do not change shares noticeably
# A class below this is as likely a mistake of the teacher as it is rare; it counts as this common.
_LEAST_SHARE = 1e-3


def class_shares(domains: Sequence[Domain], classes: int, threshold: float) -> np.ndarray:
    """Return the share (C,) of each class in what the labels teach; all 0 where that is nothing.

    Args:
        domains: Images by day and by night, of which evenly spread ones are counted.
        classes: Number of classes.
        threshold: Scores up to this do not teach.
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
    """Return weights (C,) in proportion to share^-balance, of mean 1 over what is taught.

    Shares below a thousandth count as that: what a teacher sees by mistake must not teach most.
    A class without any share has the weight 0: nothing teaches it.
    """
    seen = shares > 0
    weights = np.zeros_like(shares)
    weights[seen] = np.maximum(shares[seen], _LEAST_SHARE) ** -balance
    mean = float((shares * weights).sum())
    return weights / mean if mean else weights
