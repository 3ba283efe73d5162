# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The input mapping of thermal images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from thermal_depth_ros.thermal.normalisation import (
    MODES,
    ThermalPreprocessing,
    fraction_window,
)

images = arrays(
    st.sampled_from([np.uint8, np.uint16]), array_shapes(min_dims=2, max_dims=2, max_side=12)
)


@given(images, st.floats(0, 0.5), st.floats(0.5, 1))
def test_window_is_taken_from_the_sorted_pixels(image, low, high):
    ordered = sorted(image.ravel().tolist())
    n = len(ordered)
    first = ordered[min(round(low * n), n - 1)]
    last = ordered[min(max(round(high * n) - 1, 0), n - 1)]
    assert fraction_window(image, low, high) == (first, last)
    assert fraction_window(image.astype(np.float32), low, high) == (first, last)


@pytest.mark.parametrize('mode', MODES)
@given(image=images)
def test_every_mode_gives_finite_numbers_between_0_and_1(mode, image):
    mapped = ThermalPreprocessing(mode=mode)(image)
    assert mapped.dtype == np.float32
    assert mapped.shape == image.shape
    assert np.isfinite(mapped).all()
    assert mapped.min() >= 0
    assert mapped.max() <= 1


def test_percentile_ignores_one_hot_pixel():
    image = np.arange(10000, dtype=np.uint16).reshape(100, 100)
    image[0, 0] = 16383
    mapped = ThermalPreprocessing()(image)
    # sorted[100] = 101 (0 became the hot pixel), sorted[9899] = 9900
    assert mapped[1, 1] == 0
    assert mapped[50, 0] == pytest.approx((5000 - 101) / (9900 - 101), abs=1e-6)
    assert mapped[0, 0] == 1


def test_constant_image_is_all_zero():
    assert (ThermalPreprocessing()(np.full((4, 6), 3000, np.uint16)) == 0).all()


def test_celsius_window():
    mapped = ThermalPreprocessing('celsius')(np.array([[1965, 3369, 2667, 0, 16383]], np.uint16))
    np.testing.assert_allclose(mapped, [[0, 1, 0.5, 0, 1]], atol=2e-3)


def test_raw14():
    mapped = ThermalPreprocessing('raw14')(np.array([[0, 8192, 16384, 65535]], np.uint16))
    np.testing.assert_array_equal(mapped, [[0, 0.5, 1, 1]])


def test_round_trip_through_plain_values():
    settings = ThermalPreprocessing('celsius', min_celsius=10.0, max_celsius=40.0)
    assert ThermalPreprocessing.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'mode': 'agc'}, 'agc'),
        ({'gamma': 2, 'beta': 1}, 'beta, gamma'),
        ({'low_fraction': 0.9, 'high_fraction': 0.1}, '0.9'),
        ({'min_celsius': 30, 'max_celsius': 10}, '30'),
        ({'planck': {'Q': 1}}, 'Q'),
    ],
)
def test_settings_that_do_not_fit(values, message):
    with pytest.raises(ValueError, match=message):
        ThermalPreprocessing.from_dict(values)
