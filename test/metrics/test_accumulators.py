# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Scores over sets: means, scale ratios, the straight-ahead guess, merging."""

import dataclasses
import pickle

import numpy as np
import pytest

from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.metrics.accumulators import DepthAccumulator, PoseAccumulator
from thermal_depth_ros.metrics.depth import (
    ROBOTCAR_40M,
    THERMAL_INDOOR,
    THERMAL_OUTDOOR,
)


def _gt() -> np.ndarray:
    return np.linspace(2, 60, 48).reshape(6, 8)


def test_scaled_and_metric_metrics_side_by_side():
    score = DepthAccumulator(THERMAL_OUTDOOR)
    for factor in (1.0, 2.0, 4.0):
        score.add(_gt(), _gt() / factor)
    found = score.result()
    assert found.scaled.abs_rel == pytest.approx(0, abs=1e-12)
    assert found.metric.abs_rel == pytest.approx((0 + 0.5 + 0.75) / 3)
    assert found.median_ratio == pytest.approx(2.0)
    assert found.ratio_std == pytest.approx(np.std([0.5, 1.0, 2.0]))
    assert (found.images, found.empty_images, found.pixels) == (3, 0, 3 * 48)


def test_all_sky_and_all_unknown_images_are_counted():
    score = DepthAccumulator(ROBOTCAR_40M)
    assert score.add(np.full((4, 4), np.inf), np.ones((4, 4))) is None
    assert score.add(np.zeros((4, 4)), np.ones((4, 4))) is None
    assert score.add(_gt(), np.full((6, 8), np.nan)) is None
    assert score.add(np.full((4, 4), 50.0), np.ones((4, 4))) is None  # all beyond the cap
    with pytest.raises(ValueError, match='no image had a valid'):
        score.result()
    score.add(np.full((2, 2), 3.0), np.array([[3.0, 3.0], [np.nan, 3.0]]))
    found = score.result()
    assert (found.images, found.empty_images, found.withheld_pixels) == (1, 4, 1)


def test_by_distance():
    score = DepthAccumulator(THERMAL_OUTDOOR)
    gt = np.array([[2.0, 2.0, 15.0, 15.0]])
    score.add(gt, gt * [1.0, 1.0, 1.5, 1.1])
    near, far = score.result().by_distance
    assert (near.near_m, near.far_m, near.pixels) == (0.0, 5.0, 2)
    assert (far.near_m, far.far_m, far.pixels) == (10.0, 20.0, 2)
    assert (near.metric_abs_rel, far.metric_abs_rel) == pytest.approx((0.0, 0.3))
    assert (near.metric_delta1, far.metric_delta1) == (1.0, 0.5)


def test_by_distance_of_the_fixed_map():
    """Three images; the map of each is the mean inverse depth of the other two."""
    score = DepthAccumulator(THERMAL_OUTDOOR)
    near, far = np.array([2.0, 4.0, 4.0]), np.array([12.0, 12.0, 16.0])
    for pair in zip(near, far, strict=True):
        gt = np.repeat([pair], 48, 0).repeat(40, 1)  # both halves of an image at one distance
        score.add(gt, gt)
    found = score.result().by_distance
    wanted = []
    for row in (near, far):
        inverse = 1 / row
        errors = [abs(2 / (inverse.sum() - one) * one - 1) for one in inverse]
        wanted.append(np.mean(errors))
    assert [entry.near_m for entry in found] == [0.0, 10.0]
    assert [entry.fixed_map.metric_abs_rel for entry in found] == pytest.approx(wanted)
    assert [entry.fixed_map.pixels for entry in found] == [entry.pixels for entry in found]
    alone = DepthAccumulator(THERMAL_OUTDOOR)
    alone.add(gt, gt)
    assert alone.result().by_distance[0].fixed_map is None


def test_reference_numbers_of_a_set(reference_vectors):
    data = np.load(reference_vectors / 'depth_metrics.npz', allow_pickle=False)
    halves = [DepthAccumulator(THERMAL_INDOOR), DepthAccumulator(THERMAL_INDOOR)]
    pairs = zip(data['in/indoor/gt_depth'], data['in/indoor/pred_depth'], strict=True)
    for index, pair in enumerate(pairs):
        halves[index % 2].add(*pair)
    whole = pickle.loads(pickle.dumps(halves[0]))
    whole.merge(halves[1])
    found = whole.result()
    np.testing.assert_allclose(
        dataclasses.astuple(found.scaled), data['out/indoor/metrics_mean'], rtol=1e-6
    )
    ratios = data['out/indoor/median_ratio']
    assert found.median_ratio == pytest.approx(np.median(ratios))
    assert found.ratio_std == pytest.approx(np.std(ratios / np.median(ratios)))
    assert found.pixels == data['out/indoor/valid_pixels'].sum()


def _poses(turn_rad: float, frames: int) -> np.ndarray:
    step = rigid.exponential(np.array([0.0, 0, 0.8, 0, turn_rad, 0]))
    return np.stack([np.linalg.matrix_power(step, k) for k in range(frames)])


def _motions(poses: np.ndarray) -> np.ndarray:
    return np.stack([rigid.invert(b) @ a for a, b in zip(poses, poses[1:], strict=False)])


def test_straight_ahead_is_right_on_a_straight_road_and_wrong_in_a_turn():
    straight, bend = _poses(0.0, 8), _poses(0.1, 8)
    board = PoseAccumulator()
    board.add(straight, _motions(straight))
    assert board.result().straight_ahead.ate_mean == pytest.approx(0, abs=1e-12)
    other = PoseAccumulator()
    other.add(bend, _motions(bend))
    found = other.result()
    assert found.score.ate_mean == pytest.approx(0, abs=1e-12)
    # rotations of 0, 0.1 ... 0.4 rad against none
    assert found.straight_ahead.re_mean_rad == pytest.approx(0.2)
    assert found.straight_ahead.ate_mean > 0.01
    assert found.turned_rad == pytest.approx(0.7)
    board.merge(other)
    both = board.result()
    assert (both.score.snippets, both.drives) == (8, 2)
    assert both.straight_ahead.re_mean_rad == pytest.approx(0.1)
    assert both.heading_range_rad == pytest.approx(0.7)


def test_a_straight_road_far_from_the_origin_gives_no_share_of_rounding():
    # Positions of a map projection: 1e6 m from the origin, and a heading that is no round number.
    world = rigid.exponential(np.array([6e5, 5e6, 0, 0.1, 0.7, -0.3]))
    straight = world @ _poses(0.0, 12)
    board = PoseAccumulator()
    board.add(straight, _motions(_poses(0.02, 12)))
    found = board.result()
    assert 0 < found.straight_ahead.ate_mean < 1e-7
    assert found.score.ate_mean > 1e-3
    assert found.ate_of_straight_ahead is None
    assert found.re_of_straight_ahead is None
    board.add(_poses(0.05, 12), _motions(_poses(0.05, 12)))
    assert board.result().ate_of_straight_ahead > 0


def test_heading_range_does_not_grow_with_shaking():
    shaking = np.stack([np.eye(4)] * 41)
    for k in range(41):
        shaking[k] = rigid.exponential(np.array([0, 0, 0, 0, 0.02 * (k % 2), 0]))
    board = PoseAccumulator()
    board.add(shaking, _motions(shaking))
    found = board.result()
    assert found.turned_rad == pytest.approx(0.8)
    assert found.heading_range_rad == pytest.approx(0.02)


def test_short_drives_are_counted_and_nonsense_refused():
    board = PoseAccumulator()
    assert board.add(_poses(0.1, 4), _motions(_poses(0.1, 4))) is None
    with pytest.raises(ValueError, match='no drive had a snippet of 5'):
        board.result()
    with pytest.raises(ValueError, match='6 poses and 6 motions'):
        board.add(_poses(0.1, 6), _motions(_poses(0.1, 7)))
    board.add(_poses(0.1, 6), _motions(_poses(0.1, 6)))
    assert board.result().short_drives == 1
