# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""From the logits of a semantic decoder to labels at input resolution."""

import numpy as np
import torch

from thermal_depth_ros.contract import UNLABELLED
from thermal_depth_ros.inference.resize import resize_labels, resize_map
from thermal_depth_ros.inference.results import SemanticResult


def finish_semantics(
    logits: torch.Tensor,
    size: tuple[int, int],
    min_confidence: float,
    *,
    blank: bool = False,
    with_confidence: bool = True,
) -> SemanticResult:
    """Take the likeliest class and its probability, and resize both.

    Class and probability are found at the size of the network; the class is repeated and the
    probability interpolated. Interpolating all logits instead costs as many maps as there are
    classes at input resolution, for borders that move by less than one network pixel.

    Args:
        logits: (1, C, h, w).
        size: Height and width of the result.
        min_confidence: Classes of lower probability are not told: 255.
        blank: The image has no contrast, so nothing can be recognised: all 255, confidence 0.
        with_confidence: Whether somebody wants the probability.
    """
    if blank:
        labels = np.full(size, UNLABELLED, np.uint8)
        return SemanticResult(labels, np.zeros(size, np.float32) if with_confidence else None)
    logits = logits.float()
    best, index = logits.max(dim=1, keepdim=True)
    # max of softmax = exp(best - logsumexp). A network that went wrong says NaN: unlabelled.
    probability = (best - logits.logsumexp(dim=1, keepdim=True)).exp()
    known = torch.where(probability.isfinite(), index.to(torch.uint8), UNLABELLED)
    labels = resize_labels(known, size)[0, 0].cpu().numpy()
    if not with_confidence and min_confidence == 0.0:
        return SemanticResult(labels, None)
    probability = resize_map(torch.nan_to_num(probability, nan=0.0), size)
    confidence = probability.clamp(0.0, 1.0)[0, 0].cpu().numpy()
    if min_confidence > 0.0:
        np.putmask(labels, confidence < min_confidence, UNLABELLED)
    return SemanticResult(labels, confidence)
