# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which images make a triplet, against a search through all of them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_depth_ros.samples.picking import (
    by_distance,
    by_interval,
    spread_spacings,
    thinned,
    without_gaps,
)

steps = st.lists(st.sampled_from([0.0, 0.0, 0.1, 0.25, 0.3, 1.0]), max_size=30)


@given(st.integers(0, 40), st.integers(1, 9))
def test_neighbours_are_so_many_images_away(count: int, interval: int) -> None:
    wanted = [
        [t, t - interval, t + interval]
        for t in range(count)
        if t - interval >= 0 and t + interval < count
    ]
    assert by_interval(count, interval).tolist() == wanted


@settings(max_examples=200)
@given(steps, st.sampled_from([0.1, 0.5, 0.75, 2.0]))
def test_the_nearest_images_far_enough_are_neighbours(steps: list[float], spacing: float) -> None:
    path = np.cumsum([0.0, *steps])
    wanted = []
    for t in range(len(path)):
        before = [j for j in range(t) if path[t] - path[j] >= spacing - 1e-6]
        behind = [j for j in range(t + 1, len(path)) if path[j] - path[t] >= spacing - 1e-6]
        if before and behind:
            wanted.append([t, before[-1], behind[0]])
    assert by_distance(path, spacing).tolist() == wanted


def test_each_target_has_a_distance_of_its_own() -> None:
    path = np.arange(0.0, 12.0, 0.1)
    spacings = spread_spacings(len(path), 0.5, 4.0)
    for target, before, behind in by_distance(path, spacings):
        assert spacings[target] - 1e-6 <= path[target] - path[before] < spacings[target] + 0.1
        assert spacings[target] - 1e-6 <= path[behind] - path[target] < spacings[target] + 0.1


@given(st.integers(50, 300), st.floats(0.05, 5.0), st.floats(1.0, 20.0))
def test_spread_distances_are_even_in_every_stretch(count: int, least: float, ratio: float) -> None:
    spacings = spread_spacings(count, least, least * ratio)
    assert (spacings >= least * (1 - 1e-9)).all()
    assert (spacings <= least * ratio * (1 + 1e-9)).all()
    halves = spacings > least * ratio**0.5 * (1 + 1e-9)
    if ratio > 1.01:
        for start in range(0, count - 20, 10):
            assert 7 <= halves[start : start + 20].sum() <= 13


def test_without_a_second_distance_there_is_one() -> None:
    assert (spread_spacings(9, 0.4, 0.0) == 0.4).all()


@settings(max_examples=200)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=30), st.integers(1, 3))
def test_no_triplet_has_a_silence_in_it(steps: list[int], interval: int) -> None:
    stamps = 10**18 + np.cumsum([0, *steps]) * 100_000_000
    triplets = by_interval(len(stamps), interval)
    kept = without_gaps(triplets, stamps, max_gap_s=2.0, max_span_s=5.0)
    for (target, before, behind), keep in zip(triplets, kept, strict=True):
        silent = any(stamps[i + 1] - stamps[i] > 2_000_000_000 for i in range(before, behind))
        long = max(stamps[target] - stamps[before], stamps[behind] - stamps[target])
        assert keep == (not silent and long <= 5_000_000_000)


@given(st.integers(0, 500), st.integers(0, 60))
def test_thinning_is_even(count: int, most: int) -> None:
    kept = thinned(count, most)
    assert len(kept) == (count if most == 0 else min(count, most))
    assert len(set(kept.tolist())) == len(kept)
    if len(kept) > 1:
        gaps = np.diff(kept)
        assert gaps.max() - gaps.min() <= 1
