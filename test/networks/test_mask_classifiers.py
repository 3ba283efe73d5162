# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Per-pixel class scores of queries against a direct evaluation of their definition."""

import numpy as np
import torch
import torch.nn.functional as F

from thermal_depth_ros.networks.mask_classifiers import query_class_scores


def _direct(class_logits: np.ndarray, mask_logits: np.ndarray) -> np.ndarray:
    """Sum over queries pixel by pixel; masks are at the size of the result already."""
    batch, queries, known = class_logits.shape
    scores = np.zeros((batch, known - 1, *mask_logits.shape[-2:]))
    for b in range(batch):
        for q in range(queries):
            weights = np.exp(class_logits[b, q])
            weights /= weights.sum()
            for c in range(known - 1):
                scores[b, c] += weights[c] / (1 + np.exp(-mask_logits[b, q]))
    return np.minimum(scores, 1.0)


def test_scores_equal_their_formula():
    generator = torch.Generator().manual_seed(1)
    classes = 3 * torch.randn(2, 6, 5, generator=generator)
    masks = 3 * torch.randn(2, 6, 7, 9, generator=generator)
    found = query_class_scores(classes, masks, (7, 9))
    np.testing.assert_allclose(found, _direct(classes.numpy(), masks.numpy()), atol=1e-6)
    assert found.max() == 1.0, 'overlapping queries are clipped'
    assert not torch.allclose(found.sum(1), torch.ones(2, 7, 9), atol=0.1)


def test_masks_are_resized_before_the_sigmoid():
    classes = torch.tensor([[[50.0, 0.0]]])
    masks = torch.tensor([[[[-40.0, 40.0]]]])
    found = query_class_scores(classes, masks, (1, 8))
    resized = F.interpolate(masks, (1, 8), mode='bilinear', align_corners=False)
    torch.testing.assert_close(found, resized.sigmoid())
    assert ((found > 0.01) & (found < 0.99)).sum() == 0, 'a sharp edge stays sharp'


def test_pixels_that_no_query_claims_score_low_everywhere():
    null_class = torch.tensor([[[0.0, 0.0, 9.0], [9.0, 0.0, 0.0]]])
    masks = torch.full((1, 2, 4, 4), -9.0)
    masks[0, 0] = 9.0  # the query that claims them says "nothing"
    assert query_class_scores(null_class, masks, (4, 4)).max() < 0.01
