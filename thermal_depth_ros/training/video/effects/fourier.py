# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mixing of the low-frequency amplitude of images: Fourier domain adaptation (FDA)."""

import torch


def band_size(height: int, width: int, band: float) -> int:
    """Return the highest frequency, in cycles per image, that is mixed along each axis."""
    return min(int(min(height, width) * band), (height - 1) // 2, (width - 1) // 2)


def low_amplitude(images: torch.Tensor, size: int) -> torch.Tensor:
    """Return the amplitude (N, C, 2 size + 1, size + 1) of frequencies up to `size`.

    Rows are the frequencies 0..size, -size..-1 along y, columns 0..size along x; the others follow
    by symmetry, as the images (N, C, H, W) are real.
    """
    spectrum = torch.fft.rfft2(images)
    return _low(spectrum, size).abs()


def with_amplitude(images: torch.Tensor, amplitude: torch.Tensor, share: float) -> torch.Tensor:
    """Return images with a share of the low-frequency amplitude replaced; phases stay.

    Args:
        images: (N, C, H, W) in [0, 1].
        amplitude: (C, 2 size + 1, size + 1) of another image, see `low_amplitude`.
        share: 0 keeps the amplitude, 1 takes the other (FDA, eq. 3).

    Returns:
        (N, C, H, W), clipped to [0, 1].
    """
    if share == 0:
        return images
    size = amplitude.shape[-1] - 1
    spectrum = torch.fft.rfft2(images)
    own = _low(spectrum, size)
    magnitude = own.abs()
    # A frequency without any amplitude has no phase: it gets the phase 0.
    phase = torch.where(magnitude > 0, own / magnitude.clamp(min=1e-12), torch.ones_like(own))
    mixed = phase * torch.lerp(magnitude, amplitude.to(images).expand_as(magnitude), share)
    spectrum[..., : size + 1, : size + 1] = mixed[..., : size + 1, :]
    if size:
        spectrum[..., -size:, : size + 1] = mixed[..., size + 1 :, :]
    return torch.fft.irfft2(spectrum, s=images.shape[-2:]).clamp(0.0, 1.0)


def _low(spectrum: torch.Tensor, size: int) -> torch.Tensor:
    top = spectrum[..., : size + 1, : size + 1]
    return torch.cat([top, spectrum[..., -size:, : size + 1]], -2) if size else top
