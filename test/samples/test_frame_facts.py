# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Good images and bad ones by what was measured of them."""

import numpy as np

from thermal_depth_ros.samples.frame_facts import FACTS, running_median, usable_images


def facts(count: int) -> np.ndarray:
    made = np.zeros(count, FACTS)
    made['number'] = np.arange(count)
    made['stamp_ns'] = 10**18 + np.arange(count) * 10**8
    made['low'], made['high'] = 2000, 4000
    made['spread'] = 150
    made['digest'] = np.arange(count) + 7
    return made


def test_ordinary_images_are_good_whatever_their_level() -> None:
    made = facts(50)
    made['low'][25:] += 500  # the level jumps when the shutter opens again
    made['spread'] = np.linspace(100, 260, 50)
    good, counts = usable_images(made)
    assert good.all() and not counts


def test_each_bad_image_is_counted_once() -> None:
    made = facts(40)
    made['digest'][10:13] = made['digest'][9]
    made['spread'][20:25] = 12
    made['high'][30] = made['low'][30]
    made['spread'][30] = 0
    made['stamp_ns'][35] = made['stamp_ns'][34]
    good, counts = usable_images(made)
    assert np.flatnonzero(~good).tolist() == [10, 11, 12, 20, 21, 22, 23, 24, 30, 35]
    assert sorted(counts.values()) == [1, 1, 3, 5]


def test_a_drive_into_the_dark_is_no_shutter() -> None:
    made = facts(600)
    made['spread'] = np.geomspace(300, 10, 600)
    assert usable_images(made)[0].all()


def test_no_images_are_no_trouble() -> None:
    good, counts = usable_images(facts(0))
    assert len(good) == 0 and not counts


def test_the_running_median_has_fewer_values_at_the_ends() -> None:
    values = np.array([5.0, 1, 9, 3, 7])
    assert running_median(values, 3).tolist() == [3, 5, 3, 7, 5]
