# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Predictors that never look at the image, against errors worked out by hand."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thermal_depth_ros.metrics import baselines
from thermal_depth_ros.metrics.accumulators import ConfusionMatrix, DepthAccumulator
from thermal_depth_ros.metrics.depth import NUSCENES, ROBOTCAR_40M, THERMAL_OUTDOOR
from thermal_depth_ros.metrics.verdicts import beats, verdict

NAN = np.nan


def scored(images, predictions=None, protocol=THERMAL_OUTDOOR):
    score = DepthAccumulator(protocol)
    for image, predicted in zip(
        images, images if predictions is None else predictions, strict=True
    ):
        score.add(np.array(image, float), np.array(predicted, float))
    return score.result()


def test_each_image_is_predicted_by_the_other_one():
    found = scored([[[2.0, 4.0]], [[4.0, 8.0]]])
    assert found.fixed_map.metric.abs_rel == pytest.approx((1.0 + 0.5) / 2)
    assert found.fixed_map.scaled.abs_rel == pytest.approx(0.0)
    assert found.fixed_map.images == found.constant.images == 2


def test_means_are_of_inverse_depth_where_there_is_truth():
    found = scored([[[2.0, 4.0]], [[4.0, 8.0]], [[4.0, NAN]]])
    # First: 4 and 8 predicted. Second: 1 / mean(1/2, 1/4) = 8/3 and 4. Third: 8/3.
    errors = [1.0, (1 / 3 + 1 / 2) / 2, 1 / 3]
    assert found.fixed_map.metric.abs_rel == pytest.approx(np.mean(errors))
    # Of the others, whatever the place: 1 / mean(1/4, 1/8, 1/4) = 4.8, then 3, then 32/9.
    errors = [(1.4 + 0.2) / 2, (1 / 4 + 5 / 8) / 2, 1 / 9]
    assert found.constant.metric.abs_rel == pytest.approx(np.mean(errors))
    # Scaled, a constant is the median: 3, 6, 4.
    errors = [(0.5 + 0.25) / 2, (0.5 + 0.25) / 2, 0.0]
    assert found.constant.scaled.abs_rel == pytest.approx(np.mean(errors))


def test_a_place_never_seen_has_the_mean_of_its_nearest_surroundings():
    alone = scored([[[2.0, NAN]], [[NAN, 4.0]]])
    assert alone.fixed_map.metric.abs_rel == pytest.approx((1.0 + 0.5) / 2)
    one, two = np.full((2, 48, 80), NAN)
    one[0, 0] = 5.0
    two[0, 1], two[47, 79] = 5.0, 50.0
    near = scored([one, two])
    # The first image has a neighbour of 5 m; both places of the second know only the first.
    assert near.fixed_map.metric.abs_rel == pytest.approx((0.0 + (0.0 + 0.9) / 2) / 2)


def test_protocol_and_masks_are_those_of_the_network():
    images = [[[5.0, 10.0, 30.0]], [[10.0, 20.0, 60.0]]]
    found = scored(images, [[[5.0, NAN, 30.0]], images[1]], ROBOTCAR_40M)
    # First without the pixel that was not predicted: 10 and 60. Second without that beyond 40 m:
    # 5 at both places, of which the second was not seen and is nearer to the first.
    errors = [(1.0 + 1.0) / 2, (0.5 + 0.75) / 2]
    assert found.fixed_map.metric.abs_rel == pytest.approx(np.mean(errors))
    too_near = scored([[[0.05, 40.0]], [[60.0, 60.0]]], protocol=NUSCENES)
    # The pixel at 0.05 m does not count: 60 is predicted for the first, 40 for the second.
    assert too_near.fixed_map.metric.abs_rel == pytest.approx((0.5 + 1 / 3) / 2)


def test_one_image_has_nothing_to_be_predicted_from():
    found = scored([[[2.0, 4.0]]])
    assert found.fixed_map is None
    assert found.constant is None


def left_out_maps(images: np.ndarray) -> np.ndarray:
    """Return for every image the mean map of all others, worked out by brute force."""
    return np.stack([1 / (1 / np.delete(images, i, 0)).mean(0) for i in range(len(images))])


def test_a_perfect_network_beats_the_map_and_the_map_does_not_beat_itself():
    images = np.random.default_rng(0).uniform(2.0, 60.0, (5, 6, 8))
    perfect = scored(images)
    assert beats(perfect.scaled.abs_rel, perfect.fixed_map.scaled.abs_rel, higher=False)
    assert beats(perfect.metric.delta1, perfect.fixed_map.metric.delta1, higher=True)
    equal = scored(images, left_out_maps(images))
    for ours, blind in (
        (equal.scaled, equal.fixed_map.scaled),
        (equal.metric, equal.fixed_map.metric),
    ):
        assert ours.abs_rel == pytest.approx(blind.abs_rel, rel=1e-9)
        assert not beats(ours.abs_rel, blind.abs_rel, higher=False)
        assert not beats(ours.delta1, blind.delta1, higher=True)
    abs_rel = equal.fixed_map.scaled.abs_rel
    text = verdict('abs_rel', equal.scaled.abs_rel, abs_rel, 'a fixed map', higher=False)
    assert text == f'abs_rel does not beat a fixed map: {abs_rel:.3f} against {abs_rel:.3f}.'


@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(2, 5), st.integers(1, 48), st.integers(1, 80)),
        elements=st.floats(1.0, 70.0),
    )
)
def test_the_map_is_the_mean_of_all_other_images(images):
    found = scored(images).fixed_map.metric
    expected = np.clip(left_out_maps(images), 1e-3, 80.0)
    errors = np.abs(expected - images) / images
    assert found.abs_rel == pytest.approx(errors.mean(), rel=1e-6, abs=1e-9)


def test_merging_gives_the_same_in_any_order_and_in_another_process():
    images = np.random.default_rng(1).uniform(2.0, 60.0, (6, 6, 8))
    parts = []
    for pair in (images[:2], images[2:3], images[3:]):
        part = DepthAccumulator(THERMAL_OUTDOOR)
        for image in pair:
            part.add(image, image)
        parts.append(pickle.dumps(part))
    whole = scored(images).fixed_map
    for order in itertools.permutations(parts):
        merged = DepthAccumulator(THERMAL_OUTDOOR)
        for part in order:
            merged.merge(pickle.loads(part))
        found = merged.result().fixed_map
        assert found.metric.abs_rel == pytest.approx(whole.metric.abs_rel, rel=1e-9)
        assert found.images == 6


def test_many_large_images_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(baselines, 'MOST_KEPT', 1000)
    monkeypatch.setattr(baselines, 'MOST_PIXELS', 400)
    monkeypatch.setattr(baselines, 'FEWEST_PIXELS', 100)
    samples = baselines._Samples()
    depth = np.linspace(5.0, 50.0, 60 * 80)
    for number in range(50):
        samples.add(np.arange(60 * 80), depth + number, (60, 80))
    numbers = np.array([image.truth.min() - 5.0 for image in samples.images]).round()
    assert 5 <= len(numbers) <= 10
    assert len(set(np.diff(numbers))) == 1
    assert sum(len(image.cells) for image in samples.images) <= 1000
    places = np.sort(samples.images[0].cells.astype(int))
    assert np.diff(places).max() < 3 * 48 * 80 / 100
    columns = np.unique(places % 80)
    assert len(columns) > 40, 'equal steps would meet the same columns of every row'


def test_fewer_pixels_of_a_recording_are_kept_for_all():
    noise = np.random.default_rng(2).uniform(0.7, 1.4, (9, 60, 80))
    images = noise * np.linspace(2.0, 40.0, 80)
    score = DepthAccumulator(THERMAL_OUTDOOR)
    for image in images:
        score.add(image, image)
    every = score.result().fixed_map
    score.keep_baselines(4 * 4800)
    fewer = score.result().fixed_map
    assert (every.images, fewer.images) == (9, 3)
    assert fewer.metric.abs_rel == pytest.approx(every.metric.abs_rel, rel=0.2)
    assert score.result().images == 9
    score.keep_baselines(1)
    assert score.result().fixed_map is None, 'nothing predicts a single image'


def test_most_frequent_class_by_place():
    matrix = ConfusionMatrix(('road', 'car', 'sky'))
    for labels in ([[0, 1]], [[0, 1]], [[0, 1]], [[0, 0]]):
        labels = np.array(labels, np.uint8)
        matrix.add(labels, labels)
    found = matrix.result()
    assert found.pixel_accuracy == 1.0
    # Right but for the last image, whose car that is not there the others predict.
    assert found.fixed_map.pixel_accuracy == pytest.approx(7 / 8)
    assert found.fixed_map.miou == pytest.approx((4 / 5 + 3 / 4) / 2)
    assert found.fixed_map.iou == {
        'road': pytest.approx(4 / 5),
        'car': pytest.approx(3 / 4),
        'sky': None,
    }
    assert found.fixed_map.images == 4
    assert matrix.result(('car',)).fixed_map.miou == pytest.approx(3 / 4)


def test_unlabelled_pixels_are_neither_learned_nor_scored():
    matrix = ConfusionMatrix(('road', 'car'))
    for labels in ([[0, 255]], [[0, 255]], [[255, 255]]):
        labels = np.array(labels, np.uint8)
        matrix.add(labels, np.full_like(labels, 1))
    found = matrix.result()
    assert found.pixel_accuracy == 0.0
    assert (found.fixed_map.pixel_accuracy, found.fixed_map.images) == (1.0, 2)


def test_without_labels_there_is_no_map():
    matrix = ConfusionMatrix(('road', 'car'))
    matrix.add(np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8))
    found = matrix.result()
    assert found.fixed_map is None
    assert found.pixel_accuracy is None
