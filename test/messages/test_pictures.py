# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.pictures import INVALID_COLOUR, class_overlay, depth_colour


def test_the_ends_of_the_range_and_the_values_beyond():
    depth = np.array([[1.0, 100.0, -np.inf, np.inf, np.nan, 0.5, 200.0, 0.0, -1.0]], np.float32)
    near, far, too_near, too_far, bad, nearer, farther, zero, negative = depth_colour(
        depth, 1.0, 100.0
    )[0].tolist()
    assert near == too_near == nearer == zero == negative
    assert far == too_far == farther
    assert bad == list(INVALID_COLOUR)
    assert near[0] > 100 > near[2]  # red
    assert INVALID_COLOUR not in (tuple(near), tuple(far))


def test_equal_ratios_of_depth_are_equal_steps_of_colour():
    depth = np.geomspace(0.1, 80.0, 256, dtype=np.float32)[None]
    picture = depth_colour(depth, 0.1, 80.0)[0].astype(int)
    assert len({tuple(colour) for colour in picture}) > 240
    assert np.abs(np.diff(picture, axis=0)).max() < 12


def test_the_colour_of_a_distance_does_not_depend_on_the_frame():
    alone = depth_colour(np.full((1, 1), 7.0, np.float32), 0.1, 80.0)[0, 0]
    among = depth_colour(np.array([[7.0, 0.2, np.inf, np.nan]], np.float32), 0.1, 80.0)[0, 0]
    np.testing.assert_array_equal(alone, among)


def test_a_range_from_zero_has_colours(recwarn):
    picture = depth_colour(np.array([[0.0, 1.0, 10.0]], np.float32), 0.0, 10.0)
    assert len({tuple(p) for p in picture[0].tolist()}) == 3
    assert not recwarn.list


@pytest.mark.parametrize('bounds', [(5.0, 5.0), (6.0, 5.0), (-1.0, 5.0), (float('nan'), 5.0)])
def test_an_empty_range_is_refused(bounds):
    with pytest.raises(MessageError, match='near_m'):
        depth_colour(np.ones((2, 2), np.float32), *bounds)


def test_the_depth_stays_as_it_is():
    depth = np.array([[np.nan, np.inf, 500.0]], np.float32)
    before = depth.copy()
    depth_colour(depth, 0.1, 80.0)
    np.testing.assert_array_equal(depth, before)


COLOURS = np.array([[250, 0, 0], [0, 250, 0]], np.uint8)


@pytest.mark.parametrize('opacity', [0.0, 0.25, 0.5, 1.0])
def test_classes_over_the_image(opacity):
    rgb = np.full((2, 3, 3), 100, np.uint8)
    labels = np.array([[0, 1, 255], [2, 1, 0]], np.uint8)
    picture = class_overlay(rgb, labels, COLOURS, opacity)
    assert picture.dtype == np.uint8
    for place, colour in (((0, 0), COLOURS[0]), ((0, 1), COLOURS[1]), ((1, 1), COLOURS[1])):
        expected = (1 - opacity) * 100 + opacity * colour.astype(float)
        np.testing.assert_allclose(picture[place], expected, atol=1)
    assert picture[0, 2].tolist() == [100] * 3  # unlabelled
    assert picture[1, 0].tolist() == [100] * 3  # a class without a name
    assert (rgb == 100).all()


def test_strided_images_and_masks():
    rgb = np.random.default_rng(0).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    labels = np.random.default_rng(1).integers(0, 4, (8, 10), dtype=np.uint8)
    np.testing.assert_array_equal(
        class_overlay(rgb[::2, ::2], labels[::2, ::2], COLOURS, 0.5),
        class_overlay(rgb, labels, COLOURS, 0.5)[::2, ::2],
    )
