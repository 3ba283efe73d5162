# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses of day-night translation: least-squares GAN, cycle and identity (CycleGAN)."""

import dataclasses

import torch

CYCLE_WEIGHT = 10.0
IDENTITY_WEIGHT = 0.5  # of the cycle weight


@dataclasses.dataclass(frozen=True)
class DomainPass:
    """Outputs of one pass of both generators over images of one domain."""

    real: torch.Tensor  # (B, 3, H, W) images of the domain
    cycled: torch.Tensor  # (B, 3, H, W) translated to the other domain and back
    kept: torch.Tensor | None  # (B, 3, H, W) identity: through the generator of this domain
    fake_scores: torch.Tensor  # (B, 1, h, w) scores of images translated into this domain


@dataclasses.dataclass(frozen=True)
class GeneratorLoss:
    """Loss of both generators; every term is a scalar summed over both domains."""

    total: torch.Tensor
    gan: torch.Tensor
    cycle: torch.Tensor  # unweighted
    identity: torch.Tensor  # unweighted


def score_loss(scores: torch.Tensor, real: bool) -> torch.Tensor:
    """Mean squared distance of scores from 1 (real) or 0 (translated)."""
    return (scores - float(real)).square().mean()


def discriminator_loss(real_scores: torch.Tensor, fake_scores: torch.Tensor) -> torch.Tensor:
    """Half the sum of the losses on real images and on translated ones.

    The translated images must be detached from their generator, for instance by the image pool.
    """
    return 0.5 * (score_loss(real_scores, True) + score_loss(fake_scores, False))


def generator_loss(
    day: DomainPass,
    night: DomainPass,
    cycle_weight: float = CYCLE_WEIGHT,
    identity_weight: float = IDENTITY_WEIGHT,
) -> GeneratorLoss:
    """GAN + 10 * cycle + 0.5 * 10 * identity, each summed over both domains; L1 terms are means.

    Args:
        day: Outputs of the pass over the day images.
        night: Outputs of the pass over the night images.
        cycle_weight: 10 in CycleGAN.
        identity_weight: Weight relative to the cycle weight; 0.5 in CycleGAN. A pass without
            `kept` has no identity term.
    """
    domains = (day, night)
    gan = torch.stack([score_loss(domain.fake_scores, True) for domain in domains]).sum()
    cycle = torch.stack([_l1(domain.cycled, domain.real) for domain in domains]).sum()
    identity = torch.zeros_like(cycle)
    for domain in domains:
        if domain.kept is not None:
            identity = identity + _l1(domain.kept, domain.real)
    total = gan + cycle_weight * cycle + identity_weight * cycle_weight * identity
    return GeneratorLoss(total, gan, cycle, identity)


def _l1(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (a - b).abs().mean()
