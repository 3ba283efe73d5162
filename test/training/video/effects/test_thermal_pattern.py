# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Patterns of sensors by their statistics."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.training.video.effects import thermal_pattern


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_pixels_rows_and_columns_have_the_deviation():
    pattern = thermal_pattern.fixed_pattern(200, 300, 0.1, generator()).numpy()
    rows, columns = pattern.mean(1), pattern.mean(0)
    rest = pattern - rows[:, None] - columns[None] + pattern.mean()
    # 200 rows: the deviation of a deviation is 5 %.
    assert rows.std() == pytest.approx(0.1, rel=0.2)
    assert columns.std() == pytest.approx(0.1, rel=0.2)
    assert rest.std() == pytest.approx(0.1, rel=0.02)
    assert not thermal_pattern.fixed_pattern(20, 30, 0.0, generator()).any()


def test_the_residue_is_a_surface_of_second_order():
    surface = thermal_pattern.correction_residue(30, 40, 0.2, generator(3)).numpy()
    assert np.abs(surface).max() == pytest.approx(0.2, rel=1e-5)
    y, x = np.mgrid[:30, :40] / 40
    terms = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1).reshape(-1, 6)
    left = surface.ravel() - terms @ np.linalg.lstsq(terms, surface.ravel(), rcond=None)[0]
    assert np.abs(left).max() < 1e-5
    assert not thermal_pattern.correction_residue(30, 40, 0.0, generator()).any()


def test_the_housing_shines_into_the_corners():
    offset = thermal_pattern.housing(31, 41, -0.3)
    assert offset[15, 20] == pytest.approx(0.0)
    assert offset[0, 0] == pytest.approx(-0.3) and offset[-1, -1] == pytest.approx(-0.3)
    # Half a diagonal away, at the middle of the right edge, 20 of 25 pixels: (20 / 25)^2.
    assert offset[15, -1] == pytest.approx(-0.3 * 0.64)


@given(st.floats(0, 0.1), st.integers(0, 40), st.integers(1, 30), st.integers(1, 30))
def test_so_many_pixels_and_rows_are_dead(fraction, rows, height, width):
    stuck = thermal_pattern.dead(height, width, fraction, rows, np.random.default_rng(0)).numpy()
    assert set(np.unique(stuck)) <= {-1.0, 0.0, 1.0}
    whole = (np.abs(stuck) == 1).all(1) & (stuck == stuck[:, :1]).all(1)
    assert whole.sum() >= min(rows, height)
    assert np.abs(stuck).sum() <= round(fraction * height * width) + min(rows, height) * width
