# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mask2Former for inference, and the per-pixel class scores of its queries."""

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


@functools.cache
def mask2former_class() -> Any:
    """Return transformers' Mask2Former without its training loss, which would need SciPy."""
    from transformers.models.mask2former import modeling_mask2former as library

    class InferenceMask2Former(library.Mask2FormerForUniversalSegmentation):
        _keys_to_ignore_on_load_unexpected = [r'criterion\.']

        def __init__(self, config: Any) -> None:
            library.Mask2FormerPreTrainedModel.__init__(self, config)
            self.model = library.Mask2FormerModel(config)
            self.class_predictor = nn.Linear(config.hidden_dim, config.num_labels + 1)
            library.Mask2FormerPreTrainedModel.post_init(self)

    return InferenceMask2Former


def query_class_scores(
    class_logits: torch.Tensor, mask_logits: torch.Tensor, size: tuple[int, int]
) -> torch.Tensor:
    """Class scores s_c = sum_q softmax(class_q)_c sigmoid(mask_q), clipped to 1.

    The null class is dropped after the softmax, so that a pixel which no query claims has low
    scores everywhere. Scores do not sum to one over the classes, and would exceed one where
    queries overlap.

    Args:
        class_logits: (B, Q, C + 1), the null class last.
        mask_logits: (B, Q, h, w).
        size: Height and width of the result; masks are resized bilinearly before the sigmoid.

    Returns:
        Scores (B, C, height, width) in [0, 1].
    """
    classes = class_logits.float().softmax(-1)[..., :-1]
    masks = F.interpolate(mask_logits.float(), size, mode='bilinear', align_corners=False)
    return torch.einsum('bqc,bqhw->bchw', classes, masks.sigmoid()).clamp(max=1.0)
