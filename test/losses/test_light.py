# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The light map's loss: every term by hand and against DANNet, and the paper's asymmetry."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from thermal_depth_ros.losses import light
from thermal_depth_ros.losses.light import EnhancedBatch, EnhancedNight, LightWeights, light_loss
from thermal_depth_ros.losses.ssim import C1, C2


def _noise(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _lit(seed: int, size: tuple[int, int] = (64, 96)) -> EnhancedBatch:
    return EnhancedBatch(
        _noise(2, 3, *size, seed=seed), 0.2 * _noise(2, 3, *size, seed=seed + 1) - 0.1
    )


def _variation(light_map: np.ndarray) -> float:
    batch, _, height, width = light_map.shape
    along_y = ((light_map[:, :, 1:] - light_map[:, :, :-1]) ** 2).sum() / ((height - 1) * width)
    along_x = ((light_map[..., 1:] - light_map[..., :-1]) ** 2).sum() / (height * (width - 1))
    return 2 * (along_y + along_x) / batch


def _similarity(enhanced: np.ndarray, image: np.ndarray) -> float:
    def windows(values: np.ndarray) -> np.ndarray:
        padded = np.pad(values, ((0, 0), (0, 0), (1, 1), (1, 1)), mode='reflect')
        return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3)).reshape(
            *values.shape, 9
        )

    a, b = windows(enhanced), windows(image)
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = ((a - mean_a[..., None]) * (b - mean_b[..., None])).mean(-1)
    s = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    s /= (mean_a**2 + mean_b**2 + C1) * (a.var(-1) + b.var(-1) + C2)
    return float(np.clip((1 - s) / 2, 0, 1).mean())


def _exposure(enhanced: np.ndarray, day: np.ndarray) -> float:
    errors = []
    for image, paired in zip(enhanced, day, strict=True):
        grey = image.mean(0)
        for top in range(0, grey.shape[0] - 31, 32):
            for left in range(0, grey.shape[1] - 31, 32):
                patch = grey[top : top + 32, left : left + 32]
                errors.append((patch.mean() - paired.mean()) ** 2)
    return float(np.mean(errors))


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'light.npz', allow_pickle=False)
    image, light_map = (
        torch.from_numpy(data[f'in/loss/{name}']).double().requires_grad_()
        for name in ('image', 'light_map')
    )
    variation = light.total_variation(light_map)
    assert variation.item() == pytest.approx(float(data['out/loss/tv']), rel=1e-9)
    (gradient,) = torch.autograd.grad(variation, light_map)
    np.testing.assert_allclose(gradient, data['grad/loss/tv_wrt_light_map'], atol=1e-9)
    lit = EnhancedBatch(image, light_map)
    likeness = light.similarity(lit)
    assert likeness.item() == pytest.approx(float(data['out/loss/ssim']), rel=1e-9)
    # d/d(light map) is d/d(enhanced); the image takes part on both sides.
    by_map, by_image = torch.autograd.grad(likeness, (light_map, image))
    enhanced, alone = data['grad/loss/ssim_wrt_enhanced'], data['grad/loss/ssim_wrt_image']
    np.testing.assert_allclose(by_map, enhanced, atol=1e-9)
    np.testing.assert_allclose(by_image, enhanced + alone, atol=2e-9)
    brightness = torch.from_numpy(data['in/loss/exposure_target']).double()
    lightness = light.exposure(lit.enhanced, brightness)
    assert lightness.item() == pytest.approx(float(data['out/loss/exposure']), rel=1e-9)
    (gradient,) = torch.autograd.grad(lightness, light_map)
    np.testing.assert_allclose(gradient, data['grad/loss/exposure_wrt_enhanced'], atol=1e-9)


def test_loss_of_the_four_image_step_equals_its_formula():
    real_day, made_day = _lit(1), _lit(3)
    made_night, real_night = _lit(5), _lit(7)
    found = light_loss(
        [real_day, made_day],
        [EnhancedNight(made_night, real_day.image), EnhancedNight(real_night, made_day.image)],
    )

    def common(lit: EnhancedBatch) -> float:
        image, light_map = lit.image.numpy(), lit.light_map.numpy()
        return 10 * _variation(light_map) + _similarity(image + light_map, image)

    def dark(lit: EnhancedBatch, day: EnhancedBatch) -> float:
        enhanced = lit.image.numpy() + lit.light_map.numpy()
        return common(lit) + _exposure(enhanced, day.image.numpy())

    expected = (common(real_day) + common(made_day)) / 2
    expected += (dark(made_night, real_day) + dark(real_night, made_day)) / 2
    assert float(found.total) == pytest.approx(expected, abs=1e-9)
    maps = [lit.light_map.numpy() for lit in (real_day, made_day, made_night, real_night)]
    assert float(found.variation) == pytest.approx(np.mean([_variation(m) for m in maps]))


def test_weights_and_missing_domains():
    day, night = _lit(1), EnhancedNight(_lit(3), _lit(5).image)
    by_day = light_loss([day], [], LightWeights(2.0, 5.0, 0.5))
    expected = 2 * light.total_variation(day.light_map) + 0.5 * light.similarity(day)
    assert float(by_day.total) == pytest.approx(float(expected))
    assert float(by_day.exposure) == 0.0
    by_night = light_loss([], [night], LightWeights(0.0, 5.0, 0.0))
    assert float(by_night.total) == pytest.approx(5 * float(by_night.exposure))
    with pytest.raises(ValueError, match='without images'):
        light_loss([], [])


def test_only_night_is_pulled_to_the_brightness_of_its_own_day_image():
    """Each image has its own target, the day image gets no gradient, and day no exposure term."""
    day = torch.stack([torch.full((3, 32, 32), value) for value in (0.2, 0.8)]).requires_grad_()
    flat = torch.full((2, 3, 32, 32), 0.5)
    light_map = torch.zeros_like(flat, requires_grad=True)
    weights = LightWeights(variation=0.0, similarity=0.0)
    light_loss([], [EnhancedNight(EnhancedBatch(flat, light_map), day)], weights).total.backward()
    assert day.grad is None
    assert (light_map.grad[0] > 0).all(), 'brighter than its day image: less light'
    assert (light_map.grad[1] < 0).all(), 'darker than its day image: more light'
    map_of_day = torch.zeros_like(flat, requires_grad=True)
    light_loss([EnhancedBatch(flat, map_of_day)], [], weights).total.backward()
    assert not map_of_day.grad.any()


def test_gradients():
    image = _noise(1, 3, 32, 33, seed=1)
    day = _noise(1, 3, 32, 33, seed=2)

    def total(small: torch.Tensor) -> torch.Tensor:
        light_map = F.interpolate(small, (32, 33), mode='bilinear', align_corners=True)
        return light_loss(
            [EnhancedBatch(day, -light_map)], [EnhancedNight(EnhancedBatch(image, light_map), day)]
        ).total

    small = (0.1 * _noise(1, 3, 3, 4, seed=3)).requires_grad_()
    assert torch.autograd.gradcheck(total, (small,))
