# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""REP 117, case by case, and as a property of any depth map."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thermal_depth_ros.frames.frame import mark_invalid_depth


def marked(value, **masks):
    masks = {name: np.array([[mask]]) for name, mask in masks.items()}
    depth = np.array([[value]], np.float32)
    return float(mark_invalid_depth(depth, 1.0, 10.0, **masks)[0, 0])


def test_table_of_rep_117():
    assert marked(0.5) == -math.inf
    assert marked(1.0) == 1.0
    assert marked(5.0) == 5.0
    assert marked(10.0) == 10.0
    assert marked(10.5) == math.inf
    assert marked(math.inf) == math.inf
    assert marked(-math.inf) == -math.inf
    assert math.isnan(marked(math.nan))


def test_unreliable_depth_is_nan_wherever_it_lies():
    for value in (0.5, 5.0, 20.0, math.nan):
        assert math.isnan(marked(value, unreliable=True))
        assert marked(5.0, unreliable=False) == 5.0


def test_sky_is_far_whatever_the_network_and_its_confidence_say():
    for value in (0.5, 5.0, math.nan):
        assert marked(value, sky=True, unreliable=True) == math.inf
    assert marked(5.0, sky=False) == 5.0


def test_nan_is_quiet():
    bits = np.array([[5.0]], np.float32)
    mark_invalid_depth(bits, 1.0, 10.0, unreliable=np.array([[True]]))
    assert bits.view(np.uint32)[0, 0] & 0x7FC00000 == 0x7FC00000


@given(
    hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8)),
    st.floats(0.0, 50.0, width=32),
    st.floats(0.0078125, 100.0, width=32),
    st.randoms(use_true_random=False),
)
def test_every_pixel_is_in_range_or_marked_with_the_reason(depth, low, extent, random):
    high = low + extent
    unreliable = np.array([random.random() < 0.3 for _ in range(depth.size)]).reshape(depth.shape)
    original = depth.copy()
    result = mark_invalid_depth(depth, low, high, unreliable=unreliable)
    assert result is depth
    for was, now, bad in zip(original.flat, result.flat, unreliable.flat, strict=True):
        if bad or math.isnan(was):
            assert math.isnan(now)
        elif now == math.inf:
            assert was > np.float32(high)
        elif now == -math.inf:
            assert was < np.float32(low)
        else:
            assert now == was and np.float32(low) <= now <= np.float32(high)
