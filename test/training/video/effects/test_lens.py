# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Vignetting, stray light and dirt by their formulas."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.training.video.effects.draws import Draws
from thermal_depth_ros.training.video.effects.lens import Dirt, Flare, vignetted

H, W = 31, 41


def radius_squared(x0: float = 0.0, y0: float = 0.0) -> np.ndarray:
    """Return squared distances from a point, in halves of the image diagonal."""
    rows, columns = np.mgrid[:H, :W].astype(float)
    half = np.sqrt(((H - 1) / 2) ** 2 + ((W - 1) / 2) ** 2)
    x, y = (columns - (W - 1) / 2) / half - x0, (rows - (H - 1) / 2) / half - y0
    return x**2 + y**2


def test_vignetting_takes_its_fraction_in_the_corners_and_nothing_in_the_middle():
    light = torch.full((2, 3, H, W), 0.8)
    made = vignetted(light, 0.4)
    assert made[0, 0, H // 2, W // 2] == pytest.approx(0.8)
    assert made[1, 2, 0, -1] == pytest.approx(0.8 * 0.6)
    np.testing.assert_allclose(made[0, 1], 0.8 * (1 - 0.4 * radius_squared()), rtol=1e-5)
    assert vignetted(light, 0.0) is light


def test_stray_light_is_added():
    light = torch.rand(2, 3, H, W)
    flare = Flare(0.5, x=-0.4, y=0.2, size=0.3, colour=(1.0, 0.8, 0.6))
    glow = np.exp(-radius_squared(-0.4, 0.2) / (2 * 0.3**2))
    for channel, share in enumerate(flare.colour):
        expected = 0.5 * share * (0.8 * glow + 0.2)
        added = flare(light)[:, channel] - light[:, channel]
        np.testing.assert_allclose(added, np.stack([expected, expected]), atol=1e-5)


def test_dirt_replaces_the_view_by_the_mean_light():
    light = torch.rand(1, 3, H, W)
    dirt = Dirt(0.9, np.array([[0.1, -0.2, 0.15, 1.0], [-0.5, 0.3, 0.1, 0.5]]))
    clear = (1 - 0.9 * np.exp(-radius_squared(0.1, -0.2) / (2 * 0.15**2))) * (
        1 - 0.45 * np.exp(-radius_squared(-0.5, 0.3) / (2 * 0.1**2))
    )
    mean = light.numpy().mean((2, 3), keepdims=True)
    expected = light.numpy() * clear + mean * (1 - clear)
    np.testing.assert_allclose(dirt(light), expected, atol=1e-5)


def test_what_is_off_changes_nothing():
    light, draws = torch.rand(1, 3, H, W), Draws(np.random.default_rng(0), 1.0)
    assert Flare.draw(draws, 0.0)(light) is light
    assert Dirt.draw(draws, 0.0)(light) is light


def test_drawn_lenses_stay_in_their_ranges():
    draws = Draws(np.random.default_rng(1), 1.0)
    flares = [Flare.draw(draws, 0.3).brightness for _ in range(300)]
    dirt = [Dirt.draw(draws, 0.6).opacity for _ in range(300)]
    assert min(flares) >= 0 and 0.28 < max(flares) <= 0.3
    assert min(dirt) >= 0 and 0.56 < max(dirt) <= 0.6
