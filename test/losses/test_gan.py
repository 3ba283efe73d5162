# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of day-night translation against their formulas, and what they move."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.losses.gan import (
    DomainPass,
    discriminator_loss,
    generator_loss,
    score_loss,
)


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _pass(seed: int, kept: bool = True) -> DomainPass:
    image = (2, 3, 4, 5)
    return DomainPass(
        _noise(*image, seed=seed),
        _noise(*image, seed=seed + 1),
        _noise(*image, seed=seed + 2) if kept else None,
        _noise(2, 1, 3, 2, seed=seed + 3),
    )


def test_scores_are_pulled_to_one_or_zero():
    scores = torch.tensor([[0.0, 1.0], [3.0, -1.0]], dtype=torch.float64)[None, None]
    assert float(score_loss(scores, real=True)) == pytest.approx((1 + 0 + 4 + 4) / 4)
    assert float(score_loss(scores, real=False)) == pytest.approx((0 + 1 + 9 + 1) / 4)


def test_discriminator_loss_equals_its_formula():
    real, fake = _noise(2, 1, 3, 4, seed=1), _noise(2, 1, 3, 4, seed=2)
    expected = 0.5 * (np.mean((real.numpy() - 1) ** 2) + np.mean(fake.numpy() ** 2))
    assert float(discriminator_loss(real, fake)) == pytest.approx(expected, rel=1e-12)


def test_generator_loss_equals_its_formula():
    day, night = _pass(10), _pass(20)
    found = generator_loss(day, night)

    def mean_abs(a: torch.Tensor, b: torch.Tensor) -> float:
        return float(np.abs(a.numpy() - b.numpy()).mean())

    gan = sum(np.mean((d.fake_scores.numpy() - 1) ** 2) for d in (day, night))
    cycle = mean_abs(day.cycled, day.real) + mean_abs(night.cycled, night.real)
    identity = mean_abs(day.kept, day.real) + mean_abs(night.kept, night.real)
    assert float(found.gan) == pytest.approx(gan, rel=1e-12)
    assert float(found.cycle) == pytest.approx(cycle, rel=1e-12)
    assert float(found.identity) == pytest.approx(identity, rel=1e-12)
    expected = gan + 10 * cycle + 0.5 * 10 * identity
    assert float(found.total) == pytest.approx(expected, rel=1e-12)


def test_without_images_for_it_there_is_no_identity_term():
    found = generator_loss(_pass(1, kept=False), _pass(2, kept=False), cycle_weight=3.0)
    assert float(found.identity) == 0.0
    assert float(found.total) == pytest.approx(float(found.gan + 3 * found.cycle))


def test_gradients():
    day, night = _pass(30), _pass(40)

    def total(scores: torch.Tensor, cycled: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        return generator_loss(DomainPass(day.real, cycled, kept, scores), night).total

    inputs = [t.requires_grad_() for t in (day.fake_scores, day.cycled, day.kept)]
    assert torch.autograd.gradcheck(total, inputs)
    scores = [_noise(1, 1, 2, 3, seed=s).requires_grad_() for s in (5, 6)]
    assert torch.autograd.gradcheck(discriminator_loss, scores)
