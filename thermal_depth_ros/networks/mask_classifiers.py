# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mask classifiers (MaskFormer, Mask2Former, OneFormer), and the class scores of their queries.

Each query predicts a class and a mask.
"""

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

MASK_CLASSIFIERS = ('mask2former', 'maskformer', 'oneformer')  # model types of transformers


def mask_classifier_class(model_type: str) -> Any:
    """Return a mask classifier of transformers without its training loss, which would need SciPy.

    Raises:
        KeyError: The model type is not one of MASK_CLASSIFIERS.
    """
    makers = {
        'mask2former': mask2former_class,
        'maskformer': _maskformer_class,
        'oneformer': _oneformer_class,
    }
    return makers[model_type]()


@functools.cache
def mask2former_class() -> Any:
    """Return transformers' Mask2Former without its training loss."""
    from transformers.models.mask2former import modeling_mask2former as library

    class InferenceMask2Former(library.Mask2FormerForUniversalSegmentation):
        _keys_to_ignore_on_load_unexpected = [r'criterion\.']

        def __init__(self, config: Any) -> None:
            library.Mask2FormerPreTrainedModel.__init__(self, config)
            self.model = library.Mask2FormerModel(config)
            self.class_predictor = nn.Linear(config.hidden_dim, config.num_labels + 1)
            library.Mask2FormerPreTrainedModel.post_init(self)

    return _public(InferenceMask2Former)


@functools.cache
def _maskformer_class() -> Any:
    from transformers.models.maskformer import modeling_maskformer as library

    class InferenceMaskFormer(library.MaskFormerForInstanceSegmentation):
        _keys_to_ignore_on_load_unexpected = [r'criterion\.']

        def __init__(self, config: Any) -> None:
            library.MaskFormerPreTrainedModel.__init__(self, config)
            self.model = library.MaskFormerModel(config)
            width = config.decoder_config.hidden_size
            self.class_predictor = nn.Linear(width, config.num_labels + 1)
            self.mask_embedder = library.MaskformerMLPPredictionHead(
                width, width, config.mask_feature_size
            )
            library.MaskFormerPreTrainedModel.post_init(self)

    return _public(InferenceMaskFormer)


@functools.cache
def _oneformer_class() -> Any:
    from transformers.models.oneformer import modeling_oneformer as library

    class InferenceOneFormer(library.OneFormerForUniversalSegmentation):
        _keys_to_ignore_on_load_unexpected = [r'criterion\.']

        def __init__(self, config: Any) -> None:
            library.OneFormerPreTrainedModel.__init__(self, config)
            self.model = library.OneFormerModel(config)
            library.OneFormerPreTrainedModel.post_init(self)

    return _public(InferenceOneFormer)


def _public(inference_class: Any) -> Any:
    """Give a class the name of its parent, which is written to the configuration of a model."""
    inference_class.__name__ = inference_class.__base__.__name__
    return inference_class


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
