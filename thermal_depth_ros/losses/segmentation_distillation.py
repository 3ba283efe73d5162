# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Distillation of a semantic teacher (DepthSegNet24, eq. 16 with sign and normaliser)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F

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
        full = F.interpolate(scale, size, mode='bilinear', align_corners=False)
        log_p = F.log_softmax(full, 1)
        if class_weights is not None:
            log_p = log_p * class_weights[:, None, None]
        losses.append(compare(log_p, labels, threshold, processes))
    return torch.stack(losses).mean()


def _soft(
    log_p: torch.Tensor, labels: SoftLabels, threshold: float, processes: Processes
) -> torch.Tensor:
    """Soft loss; all processes have equally many pixels, so their means can be averaged."""
    weights = labels.scores * (labels.scores > threshold)
    chosen = log_p.gather(1, labels.class_ids.expand_as(weights))
    return -(weights * chosen).sum(1).mean()


def _hard(
    log_p: torch.Tensor, labels: SoftLabels, threshold: float, processes: Processes
) -> torch.Tensor:
    best, class_ids = labels.best()
    return masked_mean(-log_p.gather(1, class_ids), best > threshold, 0, processes)
