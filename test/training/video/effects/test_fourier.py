# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Mixing of amplitudes, against the centred spectrum of numpy as in the paper."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.video.effects.fourier import (
    band_size,
    low_amplitude,
    with_amplitude,
)


def mixed(source: np.ndarray, target: np.ndarray, size: int, share: float) -> np.ndarray:
    """Return source (C, H, W) with amplitudes of target in the square of `size` around zero."""
    axes = (-2, -1)
    spectra = [
        np.fft.fftshift(np.fft.fft2(image, axes=axes), axes=axes) for image in (source, target)
    ]
    amplitude, other = (np.abs(spectrum) for spectrum in spectra)
    y, x = source.shape[1] // 2, source.shape[2] // 2
    window = (slice(None), slice(y - size, y + size + 1), slice(x - size, x + size + 1))
    amplitude[window] = (1 - share) * amplitude[window] + share * other[window]
    spectrum = amplitude * np.exp(1j * np.angle(spectra[0]))
    back = np.fft.ifft2(np.fft.ifftshift(spectrum, axes=axes), axes=axes)
    assert np.abs(back.imag).max() < 1e-9
    return back.real.clip(0, 1)


@pytest.mark.parametrize('shape', [(32, 48), (31, 47), (30, 45)])
@pytest.mark.parametrize(('size', 'share'), [(0, 1.0), (1, 1.0), (3, 0.4), (5, 1.0)])
def test_it_is_the_replacement_of_the_paper(shape, size, share):
    rng = np.random.default_rng(0)
    source, target = rng.random((3, *shape)), rng.random((3, *shape)) ** 2
    amplitude = low_amplitude(torch.from_numpy(target)[None], size)[0]
    assert amplitude.shape == (3, 2 * size + 1, size + 1)
    made = with_amplitude(torch.from_numpy(source)[None], amplitude, share)[0]
    np.testing.assert_allclose(made, mixed(source, target, size, share), atol=1e-9)


def test_its_own_amplitude_gives_the_image_back():
    images = torch.rand(1, 3, 24, 36)
    made = with_amplitude(images, low_amplitude(images, 4)[0], 1.0)
    np.testing.assert_allclose(made, images, atol=1e-5)
    assert with_amplitude(images, low_amplitude(images, 4)[0], 0.0) is images


def test_brightness_and_colour_become_those_of_the_style():
    images, style = torch.rand(1, 3, 24, 36) * 0.2 + 0.3, torch.full((1, 3, 24, 36), 0.5)
    style[:, 0] = 0.6
    made = with_amplitude(images, low_amplitude(style, 0)[0], 1.0)
    np.testing.assert_allclose(made.mean((0, 2, 3)), [0.6, 0.5, 0.5], atol=1e-5)


def test_a_black_image_takes_the_mean_of_the_style():
    style = torch.full((1, 3, 8, 8), 0.25)
    made = with_amplitude(torch.zeros(1, 3, 8, 8), low_amplitude(style, 1)[0], 1.0)
    np.testing.assert_allclose(made, style, atol=1e-6)


def test_bands_fit_into_the_image():
    assert band_size(320, 576, 0.01) == 3  # floor(0.01 * 320)
    assert band_size(64, 96, 0.0) == 0
    assert band_size(4, 400, 0.25) == 1
    assert band_size(1, 1, 0.25) == 0
