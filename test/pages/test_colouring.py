# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thermal_depth_ros.pages import colouring
from thermal_depth_ros.pages.colouring import DepthRange


def test_range_ignores_what_is_no_depth():
    depth = np.array([[np.nan, np.inf, -np.inf, 0.0], [2.0, 2.0, 8.0, 8.0]], np.float32)
    shown = colouring.depth_range([depth])
    assert (shown.near_m, shown.far_m) == (2.0, 8.0)
    assert colouring.depth_range([np.full((2, 2), np.nan)]) is None
    assert colouring.depth_range([]) is None


def test_a_constant_depth_gets_a_range_of_two_percent():
    shown = colouring.depth_range([np.full((4, 4), 3.0)])
    assert shown.far_m / shown.near_m == pytest.approx(1.01 / 0.99)
    assert shown.near_m < 3.0 < shown.far_m


def test_ticks_are_where_the_colours_are():
    shown = DepthRange(1.0, 16.0)
    ticks = shown.ticks(5)
    assert ticks == pytest.approx([1, 2, 4, 8, 16])
    table = colouring.colour_table('magma')[::-1]
    picture = colouring.depth_picture(np.array([ticks], np.float32), shown)
    for place, colour in zip((0, 63, 127, 191, 255), picture[0], strict=True):
        assert np.abs(table[place].astype(int) - colour).max() <= 3


def test_special_values_keep_their_own_colours():
    depth = np.array([[np.nan, np.inf, -np.inf, 2.0]], np.float32)
    picture = colouring.depth_picture(depth, DepthRange(1.0, 4.0))
    assert tuple(picture[0, 0]) == colouring.BAD_COLOUR
    assert tuple(picture[0, 1]) == colouring.FAR_COLOUR
    assert tuple(picture[0, 2]) == colouring.NEAR_COLOUR
    assert tuple(picture[0, 3]) not in (colouring.BAD_COLOUR, colouring.FAR_COLOUR)


def test_sixteen_bit_counts_fill_the_grey_range():
    counts = np.linspace(2600, 3050, 400).reshape(20, 20).astype(np.uint16)
    grey = colouring.grey_picture(counts)
    assert grey.min() == 0
    assert grey.max() == 255
    assert colouring.grey_picture(np.full((4, 4), 7, np.uint16)).max() == 0


def test_pictures_shrink_and_never_grow():
    picture = np.zeros((100, 200, 3), np.uint8)
    assert colouring.fit_width(picture, 50).shape == (25, 50, 3)
    assert colouring.fit_width(picture, 500) is picture
