# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Shot and read noise of a sensor."""

import torch

from thermal_depth_ros.training.video.effects.draws import normal


def with_sensor_noise(
    light: torch.Tensor, shot: float, read: float, generator: torch.Generator
) -> torch.Tensor:
    """Return linear light (N, C, H, W) with independent noise of variance shot^2 L + read^2.

    The Gaussian approximation of a Poisson process for the photons, and the noise of the
    electronics.
    """
    if shot == 0 and read == 0:
        return light
    deviation = (light.clamp(min=0.0) * shot**2 + read**2).sqrt()
    return light + deviation * normal(tuple(light.shape), light, generator)
