# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth metrics: known answers, holes, protocols, reference numbers."""

import dataclasses
import itertools

import numpy as np
import pytest

from thermal_depth_ros.metrics.depth import (
    NUSCENES,
    ROBOTCAR_40M,
    THERMAL_INDOOR,
    THERMAL_OUTDOOR,
    DepthMetrics,
    DepthProtocol,
    Resize,
    counted_depths,
    depth_metrics,
    depth_pairs,
    mean_metrics,
    resize_depth,
)
from thermal_depth_ros.metrics.distance_bins import EDGES_M, image_errors


@dataclasses.dataclass(frozen=True)
class Score:
    metrics: DepthMetrics
    valid_pixels: int
    median_ratio: float


def score_image(gt, predicted, protocol):
    """Score one image as DepthAccumulator does, None where no pixel counts."""
    pairs = depth_pairs(gt, predicted, protocol)
    depths = None if pairs is None else counted_depths(pairs, protocol)
    return depths and Score(depth_metrics(*depths), len(depths[0]), pairs.median_ratio)


def test_perfect_prediction():
    depth = np.linspace(1, 70, 30).reshape(5, 6)
    score = score_image(depth, depth, THERMAL_OUTDOOR)
    assert dataclasses.astuple(score.metrics) == pytest.approx((0, 0, 0, 0, 1, 1, 1), abs=1e-12)
    assert score.median_ratio == 1


def test_by_hand():
    metrics = depth_metrics(np.array([2.0, 4.0]), np.array([3.0, 4.0]))
    assert metrics.abs_rel == pytest.approx(0.25)
    assert metrics.sq_rel == pytest.approx(0.25)
    assert metrics.rmse == pytest.approx(np.sqrt(0.5))
    assert metrics.rmse_log == pytest.approx(np.log(1.5) / np.sqrt(2))
    assert (metrics.delta1, metrics.delta2, metrics.delta3) == (0.5, 1.0, 1.0)


def test_scale_is_taken_out_only_where_the_protocol_says_so():
    gt = np.linspace(2, 20, 40).reshape(5, 8)
    scaled = score_image(gt, gt / 3, THERMAL_OUTDOOR)
    assert scaled.metrics.abs_rel == pytest.approx(0, abs=1e-12)
    assert scaled.median_ratio == pytest.approx(3)
    metric = score_image(gt, gt / 3, DepthProtocol(median_scaling=False))
    assert metric.metrics.abs_rel == pytest.approx(2 / 3)


def test_holes_and_the_cap_are_left_out():
    gt = np.array([[0.0, np.nan, 10.0, 50.0]])
    score = score_image(gt, np.array([[5.0, 5.0, 10.0, 10.0]]), ROBOTCAR_40M)
    assert score.valid_pixels == 1
    assert score_image(np.zeros((2, 2)), np.ones((2, 2)), NUSCENES) is None


def test_what_a_node_says_of_far_near_and_unknown_counts_as_that():
    gt = np.full((1, 4), 10.0)
    predicted = np.array([[10.0, np.inf, -np.inf, np.nan]])
    pairs = depth_pairs(gt, predicted, THERMAL_OUTDOOR)
    assert (pairs.median_ratio, pairs.withheld) == (1.0, 1)
    score = score_image(gt, predicted, THERMAL_OUTDOOR)
    assert score.valid_pixels == 3
    assert score.metrics.abs_rel == pytest.approx((0 + 70 + 9.999) / 10 / 3)
    for protocol in (THERMAL_OUTDOOR, ROBOTCAR_40M, NUSCENES):  # the same after a resize
        large = np.where(np.arange(8) < 4, np.inf, -np.inf)[None].repeat(2, 0)
        resized = depth_pairs(np.full((4, 16), 10.0), large, protocol).predicted_m.reshape(4, 16)
        assert (resized[:, :6] > 1e5).all()
        assert (resized[:, 10:] < 1e-3).all()


def test_reference_numbers_of_plain_disparity(reference_vectors):
    data = np.load(reference_vectors / 'depth_metrics.npz', allow_pickle=False)
    protocol = dataclasses.replace(ROBOTCAR_40M, cap_m=np.inf)  # the reference cuts later
    depths = 1.0 / data['in/disparity/pred_disp'].astype(np.float64)
    pairs = zip(data['in/disparity/gt_depth'], depths, strict=True)
    rows = [dataclasses.astuple(score_image(*pair, protocol).metrics) for pair in pairs]
    np.testing.assert_allclose(rows, data['out/disparity/metrics_per_image'], rtol=1e-6)
    np.testing.assert_allclose(np.mean(rows, 0), data['out/disparity/metrics_mean'], rtol=1e-6)


def test_a_resize_of_disparity_adds_nothing():
    far = np.full((2, 3), 4e5)
    np.testing.assert_allclose(resize_depth(far, 4, 6, Resize.DISPARITY), 4e5, rtol=1e-12)


def test_no_image_is_an_error():
    with pytest.raises(ValueError, match='no image'):
        mean_metrics([])


def test_depth_resize_keeps_the_corners():
    small = np.array([[1.0, 2.0], [3.0, 4.0]])
    large = resize_depth(small, 3, 5, Resize.DEPTH)
    np.testing.assert_allclose(large[[0, 0, -1, -1], [0, -1, 0, -1]], [1, 2, 3, 4])
    assert large[1, 2] == pytest.approx(2.5)


def test_reference_numbers_plain(reference_vectors):
    data = np.load(reference_vectors / 'depth_metrics.npz', allow_pickle=False)
    ours = dataclasses.astuple(depth_metrics(data['in/plain/gt'], data['in/plain/pred']))
    np.testing.assert_allclose(ours, data['out/plain/metrics'], rtol=1e-9)


@pytest.mark.parametrize(
    ('case', 'protocol'), [('outdoor', THERMAL_OUTDOOR), ('indoor', THERMAL_INDOOR)]
)
def test_reference_numbers(reference_vectors, case, protocol):
    data = np.load(reference_vectors / 'depth_metrics.npz', allow_pickle=False)
    pairs = zip(data[f'in/{case}/gt_depth'], data[f'in/{case}/pred_depth'], strict=True)
    scores = [score_image(gt, predicted, protocol) for gt, predicted in pairs]
    rows = [dataclasses.astuple(score.metrics) for score in scores]
    np.testing.assert_allclose(rows, data[f'out/{case}/metrics_per_image'], rtol=1e-6)
    np.testing.assert_allclose(
        dataclasses.astuple(mean_metrics([score.metrics for score in scores])),
        data[f'out/{case}/metrics_mean'],
        rtol=1e-6,
    )
    assert [score.valid_pixels for score in scores] == data[f'out/{case}/valid_pixels'].tolist()
    height, width = data[f'in/{case}/gt_depth'].shape[1:]
    resized = resize_depth(data[f'in/{case}/pred_depth'][0], height, width, protocol.resize)
    theirs = data[f'out/{case}/resized_scaled_pred_image0']
    np.testing.assert_allclose(resized * scores[0].median_ratio, theirs, rtol=1e-6)
    limits = (protocol.clamp_min_m, protocol.clamp_max_m)
    assert limits == tuple(float(data[f'opt/{case}/{name}_depth']) for name in ('min', 'max'))
    np.testing.assert_allclose(
        [score.median_ratio for score in scores], data[f'out/{case}/median_ratio'], rtol=1e-6
    )


def test_large_images_are_scored_as_by_the_definitions():
    """Blocks of pixels and one partition give what whole arrays and np.median do."""
    rng = np.random.default_rng(4)
    gt = rng.uniform(0.5, 90.0, (300, 201)).astype(np.float32)
    gt[rng.random(gt.shape) < 0.2] = np.nan
    predicted = (gt * rng.uniform(0.5, 1.6, gt.shape)).astype(np.float32)
    predicted[rng.random(gt.shape) < 0.1] = np.nan
    predicted[0], predicted[1] = np.inf, -np.inf
    pairs = depth_pairs(gt, predicted, THERMAL_OUTDOOR)
    valid = (gt > 1e-3) & (gt < 80)
    known = valid & ~np.isnan(predicted)
    assert (pairs.pixels == np.flatnonzero(known)).all()
    assert pairs.withheld == valid.sum() - known.sum() > 0
    true, said = gt[known].astype(np.float64), predicted[known].astype(np.float64)
    finite = np.isfinite(said)
    ratio = np.median(true[finite]) / np.median(said[finite])
    assert pairs.median_ratio == pytest.approx(ratio, rel=1e-12)
    said = np.clip(np.where(finite, said, np.where(said > 0, 1e6, 0.0)) * ratio, 1e-3, 80.0)
    found = dataclasses.astuple(depth_metrics(*counted_depths(pairs, THERMAL_OUTDOOR)))
    factor = np.maximum(true / said, said / true)
    expected = (
        np.mean(np.abs(true - said) / true),
        np.mean((true - said) ** 2 / true),
        np.sqrt(np.mean((true - said) ** 2)),
        np.sqrt(np.mean((np.log(true) - np.log(said)) ** 2)),
        *(np.mean(factor < 1.25**k) for k in (1, 2, 3)),
    )
    assert found == pytest.approx(expected, rel=1e-9)
    sums = image_errors(true, said, said).distance_sums
    for (near, far), row in zip(itertools.pairwise(EDGES_M), sums, strict=True):
        inside = (true >= near) & (true < far)
        hits, errors = (factor < 1.25)[inside].sum(), (np.abs(true - said) / true)[inside].sum()
        assert row == pytest.approx([inside.sum(), errors, hits, errors, hits], rel=1e-9)
