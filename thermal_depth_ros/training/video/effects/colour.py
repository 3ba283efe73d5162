# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Exposure, tone curve, white balance and the loss of colours."""

import torch

DISPLAY_GAMMA = 2.2  # images in [0, 1] are linear light to the power of 1 / 2.2
_LUMINANCE = (0.299, 0.587, 0.114)  # Rec. 601, as OpenCV


def to_linear(images: torch.Tensor) -> torch.Tensor:
    """Return linear light of images in [0, 1]."""
    return images.pow(DISPLAY_GAMMA)


def from_linear(light: torch.Tensor, gamma_factor: float = 1.0) -> torch.Tensor:
    """Return images in [0, 1] of linear light, clipped as a sensor saturates.

    Args:
        light: Any shape.
        gamma_factor: Factor on the exponent of the tone curve; above 1 is darker.
    """
    return light.clamp(0.0, 1.0).pow(gamma_factor / DISPLAY_GAMMA)


def exposed(light: torch.Tensor, stops: float, red: float, blue: float) -> torch.Tensor:
    """Return linear light (N, 3, H, W), brighter by stops, with other gains of red and blue."""
    if stops == 0 and red == blue == 1:
        return light
    gains = torch.tensor([red, 1.0, blue], dtype=light.dtype, device=light.device) * 2.0**stops
    return light * gains.reshape(3, 1, 1)


def without_colour(images: torch.Tensor) -> torch.Tensor:
    """Return images (N, 3, H, W) with the luminance in all three channels."""
    weights = torch.tensor(_LUMINANCE, dtype=images.dtype, device=images.device)
    grey = (images * weights.reshape(3, 1, 1)).sum(-3, keepdim=True)
    return grey.expand_as(images)
