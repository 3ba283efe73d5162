# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Distillation of a semantic teacher against a direct evaluation of eq. 16, in every form."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.masked import Processes
from thermal_depth_ros.losses.segmentation_distillation import segmentation_distillation_loss
from thermal_depth_ros.losses.soft_labels import SoftLabels

CLASSES = 7


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _scores(seed: int = 1, most: int = CLASSES) -> torch.Tensor:
    """Teacher scores, several of them above the threshold and many below."""
    scores = _noise(2, CLASSES, 8, 12, seed=seed) ** 3
    weakest = scores.topk(CLASSES - most, dim=1, largest=False).indices
    return scores.scatter(1, weakest, scores.gather(1, weakest) * 0.05)


def _logits(seed: int = 5) -> list[torch.Tensor]:
    return [
        4 * _noise(2, CLASSES, 8 >> scale, 12 >> scale, seed=seed + scale) - 2 for scale in range(3)
    ]


def _direct(logits: torch.Tensor, scores: torch.Tensor, tau: float) -> float:
    p = torch.softmax(logits, 1).numpy()
    y = scores.numpy()
    total = 0.0
    pixels = 0
    for b in range(y.shape[0]):
        for v in range(y.shape[2]):
            for u in range(y.shape[3]):
                pixels += 1
                for c in range(CLASSES):
                    if y[b, c, v, u] > tau:
                        total -= y[b, c, v, u] * np.log(p[b, c, v, u])
    return total / pixels


def test_one_scale_equals_its_formula():
    logits, scores = _logits()[0], _scores()
    found = segmentation_distillation_loss([logits], SoftLabels.full(scores))
    assert float(found) == pytest.approx(_direct(logits, scores, 0.1), rel=1e-9)
    found = segmentation_distillation_loss([logits], SoftLabels.full(scores), threshold=0.5)
    assert float(found) == pytest.approx(_direct(logits, scores, 0.5), rel=1e-9)


def test_scales_are_resized_to_the_labels_and_averaged():
    logits, scores = _logits(), _scores()
    resized = [F.interpolate(x, (8, 12), mode='bilinear', align_corners=False) for x in logits]
    expected = np.mean([_direct(x, scores, 0.1) for x in resized])
    found = segmentation_distillation_loss(logits, SoftLabels.full(scores))
    assert float(found) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize('hard', [False, True])
def test_compact_labels_teach_the_same_where_they_hold_all_that_counts(hard):
    logits, scores = _logits(), _scores(most=3)
    assert (scores > 0.1).sum(1).max() == 3
    value, ids = scores.topk(3, dim=1)
    compact = segmentation_distillation_loss(logits, SoftLabels(value, ids), hard=hard)
    full = segmentation_distillation_loss(logits, SoftLabels.full(scores), hard=hard)
    assert float(compact) == pytest.approx(float(full), rel=1e-12)


def test_hard_labels_are_the_mean_over_confident_pixels():
    logits, scores = _logits()[0], _scores()
    log_p = torch.log_softmax(logits, 1).numpy()
    best = scores.numpy().argmax(1)
    errors = [
        -log_p[b, best[b, v, u], v, u]
        for b, v, u in np.ndindex(best.shape)
        if scores[b, best[b, v, u], v, u] > 0.6
    ]
    assert 0 < len(errors) < best.size
    found = segmentation_distillation_loss([logits], SoftLabels.full(scores), 0.6, hard=True)
    assert float(found) == pytest.approx(np.mean(errors), rel=1e-9)


def test_weights_of_classes_are_factors_of_what_they_teach():
    logits, scores = _logits()[0], _scores()
    weights = _noise(CLASSES, seed=9) * 3
    found = segmentation_distillation_loss([logits], SoftLabels.full(scores), class_weights=weights)
    parts = []
    for c in range(CLASSES):
        only = torch.zeros_like(scores)
        only[:, c] = scores[:, c]
        parts.append(float(weights[c]) * _direct(logits, only, 0.1))
    assert float(found) == pytest.approx(sum(parts), rel=1e-9)
    value, ids = scores.max(1, keepdim=True)
    hard = segmentation_distillation_loss(
        [logits], SoftLabels(value, ids), 0.6, hard=True, class_weights=weights
    )
    log_p, best = torch.log_softmax(logits, 1), ids[:, 0]
    used = value[:, 0] > 0.6
    expected = -(weights[best] * log_p.gather(1, ids)[:, 0])[used].mean()
    assert float(hard) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize('hard', [False, True])
def test_unclaimed_pixels_do_not_teach(hard):
    logits = _logits()[0].requires_grad_()
    scores = _scores()
    scores[..., :6] *= 0.05
    segmentation_distillation_loss([logits], SoftLabels.full(scores), hard=hard).backward()
    assert not logits.grad[..., :6].any()
    assert logits.grad[..., 6:].abs().sum() > 0


@pytest.mark.parametrize('hard', [False, True])
def test_a_teacher_that_knows_nothing_gives_zero_and_no_nan(hard):
    logits = _logits()[0].requires_grad_()
    labels = SoftLabels.full(torch.zeros(2, CLASSES, 8, 12, dtype=torch.float64))
    loss = segmentation_distillation_loss([logits], labels, hard=hard)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not logits.grad.any()


@pytest.mark.parametrize('hard', [False, True])
def test_shares_of_a_batch_average_to_the_loss_of_the_whole(hard):
    logits, scores = _logits()[0], _scores()
    whole = segmentation_distillation_loss([logits], SoftLabels.full(scores), 0.6, hard)
    used = (scores.amax(1) > 0.6).double().sum()
    processes = Processes(2, lambda count: used / 2)
    parts = [
        segmentation_distillation_loss(
            [logits[i : i + 1]], SoftLabels.full(scores[i : i + 1]), 0.6, hard, processes
        )
        for i in (0, 1)
    ]
    assert float(sum(parts)) / 2 == pytest.approx(float(whole), rel=1e-12)


@pytest.mark.parametrize('hard', [False, True])
def test_gradients(hard):
    logits = [x[:1, :, :3, :3].clone().requires_grad_() for x in _logits()[:2]]
    labels = SoftLabels.full(_scores()[:1, :, :3, :3])

    def loss(*scales: torch.Tensor) -> torch.Tensor:
        return segmentation_distillation_loss(scales, labels, hard=hard)

    assert torch.autograd.gradcheck(loss, logits)
