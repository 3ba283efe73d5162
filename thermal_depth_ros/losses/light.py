# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Loss of the light enhancement network: smoothness, similarity and exposure.

DepthSegNet24, eq. 1 to 3; the terms are those of DANNet.

With r the light map, I the image and E = I + r the enhanced image.
"""

import dataclasses
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from thermal_depth_ros.losses.ssim import ssim_loss

EXPOSURE_PATCH = 32  # pixels


@dataclasses.dataclass(frozen=True)
class LightWeights:
    """Weights of the terms; defaults are those of the paper."""

    variation: float = 10.0
    exposure: float = 1.0
    similarity: float = 1.0


@dataclasses.dataclass(frozen=True)
class EnhancedBatch:
    """Images of one domain and their light maps, each (B, 3, H, W)."""

    image: torch.Tensor  # in [0, 1]
    light_map: torch.Tensor

    @property
    def enhanced(self) -> torch.Tensor:
        """The enhanced image fed to the encoder, unclamped."""
        return self.image + self.light_map


@dataclasses.dataclass(frozen=True)
class EnhancedNight:
    """Night images, real or synthetic, and the day images they are paired with."""

    night: EnhancedBatch
    day_image: torch.Tensor  # (B, 3, H, W) in [0, 1]


@dataclasses.dataclass(frozen=True)
class LightLoss:
    """The loss and its unweighted terms, each the mean over the domains it applies to."""

    total: torch.Tensor
    variation: torch.Tensor
    similarity: torch.Tensor
    exposure: torch.Tensor


def total_variation(light_map: torch.Tensor) -> torch.Tensor:
    """Twice the squared steps along y and x, each over B (H - 1) W and B H (W - 1).

    The counts leave the channels out, as DANNet's do: three times a mean over all elements.
    """
    batch, _, height, width = light_map.shape
    along_y = light_map.diff(dim=-2).square().sum() / ((height - 1) * width)
    along_x = light_map.diff(dim=-1).square().sum() / (height * (width - 1))
    return 2.0 / batch * (along_y + along_x)


def similarity(lit: EnhancedBatch) -> torch.Tensor:
    """Mean of clamp((1 - SSIM(E, I)) / 2, 0, 1)."""
    return ssim_loss(lit.enhanced, lit.image).mean()


def exposure(enhanced: torch.Tensor, brightness: torch.Tensor) -> torch.Tensor:
    """Mean squared difference between the brightness of 32x32 patches and a target.

    Args:
        enhanced: (B, 3, H, W) with sides of at least 32; incomplete patches at the right and
            bottom are ignored.
        brightness: Target brightness, scalar or (B, 1, 1, 1), see `mean_brightness`.
    """
    patches = F.avg_pool2d(enhanced.mean(1, keepdim=True), EXPOSURE_PATCH)
    return (patches - brightness).square().mean()


def mean_brightness(image: torch.Tensor) -> torch.Tensor:
    """Mean of each image (B, 3, H, W), (B, 1, 1, 1), without a gradient."""
    return image.detach().mean((1, 2, 3), keepdim=True)


def light_loss(
    days: Sequence[EnhancedBatch],
    nights: Sequence[EnhancedNight],
    weights: LightWeights | None = None,
) -> LightLoss:
    """Mean over day domains of 10 tv + ssim, plus mean over night domains of 10 tv + exp + ssim.

    Only night images have an exposure term, towards the brightness of the paired day image, as
    in DepthSegNet24.

    Args:
        days: Real day and synthetic day, or only one of them.
        nights: Synthetic night (paired with real day) and real night (with synthetic day).
        weights: Weights of the terms; None for those of the paper.

    Raises:
        ValueError: No images of any domain.
    """
    weights = weights or LightWeights()
    members = [*days, *(pair.night for pair in nights)]
    if not members:
        raise ValueError('light loss without images')
    share = [1.0 / len(group) for group in (days, nights) for _ in group]
    variation = torch.stack([total_variation(lit.light_map) for lit in members])
    likeness = torch.stack([similarity(lit) for lit in members])
    lightness = torch.stack(
        [exposure(pair.night.enhanced, mean_brightness(pair.day_image)) for pair in nights]
        or [torch.zeros_like(variation[0])]
    )
    factors = variation.new_tensor(share)
    total = (factors * (weights.variation * variation + weights.similarity * likeness)).sum()
    total = total + weights.exposure * lightness.mean()
    return LightLoss(total, variation.mean(), likeness.mean(), lightness.mean())
