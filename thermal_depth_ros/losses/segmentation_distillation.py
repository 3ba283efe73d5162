# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Distillation of a semantic teacher (DepthSegNet24, eq. 16 with sign and normaliser)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.log_probability import log_probability
from thermal_depth_ros.losses.masked import ONE_PROCESS, Processes, masked_mean
from thermal_depth_ros.losses.soft_labels import SoftLabels

THRESHOLD = 0.1


def segmentation_distillation_loss(
    logits: Sequence[torch.Tensor],
    labels: SoftLabels,
    threshold: float = THRESHOLD,
    hard: bool = False,
    processes: Processes = ONE_PROCESS,
    class_weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Mean over scales of the cross-entropy at the size of the labels.

    Soft: -1/N sum_i sum_c [y_ic > threshold] y_ic log p_ic with N all pixels. Hard: the mean of
    -log p of the teacher's best class over the pixels where its score exceeds the threshold; zero
    where there is none.

    Args:
        logits: Decoder outputs (B, C, h, w) of several scales, resized bilinearly to the labels.
        labels: The teacher's scores (B, k, H, W).
        threshold: Scores up to this are ignored.
        hard: Whether to use only the best class, with full weight.
        processes: Processes that share the batch; their used pixels are counted together.
        class_weights: (C,) weights of the classes; 1 if None, as in the paper.
    """
    size = labels.scores.shape[-2:]
    compare = _hard if hard else _soft
    losses = []
    for scale in logits:
        full = scale  # resizing to the same size would change nothing, at the cost of a pass
        if scale.shape[-2:] != size:
            full = F.interpolate(scale, size, mode='bilinear', align_corners=False)
        losses.append(compare(full, labels, threshold, processes, class_weights))
    return torch.stack(losses).mean()


def _soft(
    logits: torch.Tensor,
    labels: SoftLabels,
    threshold: float,
    processes: Processes,
    class_weights: torch.Tensor | None,
) -> torch.Tensor:
    """Soft loss; all processes have equally many pixels, so their means can be averaged."""
    weights = labels.scores * (labels.scores > threshold)
    chosen = _log_p(logits, labels.class_ids.expand_as(weights), class_weights)
    return -(weights * chosen).sum(1).mean()


def _hard(
    logits: torch.Tensor,
    labels: SoftLabels,
    threshold: float,
    processes: Processes,
    class_weights: torch.Tensor | None,
) -> torch.Tensor:
    best, class_ids = labels.best()
    log_p = _log_p(logits, class_ids, class_weights)
    return masked_mean(-log_p, best > threshold, 0, processes)


def _log_p(
    logits: torch.Tensor, class_ids: torch.Tensor, class_weights: torch.Tensor | None
) -> torch.Tensor:
    """Return weighted log-probabilities (B, k, H, W) of classes, from logits (B, C, H, W).

    The classes go last, where they lie in the memory of channels-last networks: copies to and from
    the other layout would take twice as long as the rest of the loss.
    """
    chosen = log_probability(logits.movedim(1, -1), class_ids.movedim(1, -1)).movedim(-1, 1)
    return chosen if class_weights is None else chosen * class_weights.take(class_ids)
