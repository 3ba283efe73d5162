# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Colour augmentation of what the networks see; losses compare the clean images."""

import dataclasses

import numpy as np
import torch

BRIGHTNESS = CONTRAST = SATURATION = 0.2
HUE = 0.1
PROBABILITY = 0.5
_STEPS = ('brightness', 'contrast', 'saturation', 'hue')


@dataclasses.dataclass(frozen=True)
class ColourJitter:
    """One change of colours, for all images of a sample and for both members of a pair."""

    brightness: float  # factors around 1
    contrast: float
    saturation: float
    hue: float  # turns around 0
    order: tuple[str, ...]  # names of the above, as they are applied


def draw_jitter(rng: np.random.Generator, probability: float = PROBABILITY) -> ColourJitter | None:
    """Draw factors in 1 +- 0.2, a hue in +-0.1 of a turn and an order; None for no change.

    The same number of draws is made either way, so that what is drawn after it does not depend
    on the outcome.
    """
    used = rng.random() < probability
    brightness, contrast, saturation = (
        float(rng.uniform(1 - spread, 1 + spread)) for spread in (BRIGHTNESS, CONTRAST, SATURATION)
    )
    hue = float(rng.uniform(-HUE, HUE))
    order = tuple(_STEPS[place] for place in rng.permutation(len(_STEPS)))
    return ColourJitter(brightness, contrast, saturation, hue, order) if used else None


def apply_jitter(jitter: ColourJitter | None, images: torch.Tensor) -> torch.Tensor:
    """Return images (..., 3, H, W) in [0, 1] with changed colours, again in [0, 1]."""
    if jitter is None:
        return images
    from torchvision.transforms import functional as change  # import time for colour users only

    steps = {
        'brightness': change.adjust_brightness,
        'contrast': change.adjust_contrast,
        'saturation': change.adjust_saturation,
        'hue': change.adjust_hue,
    }
    for name in jitter.order:
        images = steps[name](images, getattr(jitter, name))
    return images
