# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Pairing images of two cameras by their stamps."""

import numpy as np

from thermal_depth_ros.evaluation.features.pairs import matching_stamps


def paired(first, second, tolerance):
    return matching_stamps(np.array(first), np.array(second), tolerance).tolist()


def test_the_nearest_of_each_other_within_the_tolerance():
    assert paired([0, 100, 200], [4, 95, 260], 10) == [[0, 4], [100, 95]]
    assert paired([0, 100, 200], [4, 95, 260], 60) == [[0, 4], [100, 95], [200, 260]]


def test_no_image_is_in_two_pairs():
    # 98 is nearest to both 95 and 100; only the nearer of them is its pair.
    assert paired([95, 100], [98], 50) == [[100, 98]]
    assert paired([98], [95, 100], 50) == [[98, 100]]
    assert paired([10], [12], 5) == [[10, 12]]


def test_nothing_to_pair():
    assert paired([], [1], 5) == [] and paired([1], [], 5) == []
    assert paired([0], [100], 5) == []
