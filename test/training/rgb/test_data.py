# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weights of classes by how rare they are."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_depth_ros.samples.semantic_labels import TopScores
from thermal_depth_ros.training.rgb.data import balanced_weights, class_shares


class Labelled:
    """Images with class scores, some of them without."""

    def __init__(self, *labels: TopScores | None) -> None:
        self._labels = labels

    def __len__(self) -> int:
        return len(self._labels)

    def scores(self, index: int) -> TopScores | None:
        return self._labels[index]


def _labels(ids: Any, scores: Any) -> TopScores:
    return TopScores(np.array(ids, np.uint8), np.array(scores, np.uint8))


def _shares(*domains: Labelled, classes: int = 4, threshold: float = 0.1) -> np.ndarray:
    return class_shares(cast('Any', domains), classes, threshold)


def test_shares_are_those_of_the_scores_that_teach():
    day = Labelled(_labels([[[0, 0]], [[1, 3]]], [[[255, 102]], [[0, 51]]]), None)
    night = Labelled(_labels([[[1, 3]]], [[[51, 25]]]))  # 25: below the threshold
    assert _shares(day, night) == pytest.approx(np.array([357, 51, 0, 51]) / 459)
    assert not _shares(Labelled(None)).any()


def test_of_many_images_evenly_spread_ones_are_counted():
    many = Labelled(*(_labels([[[index // 500]]], [[[255]]]) for index in range(1000)))
    assert _shares(many, classes=2) == pytest.approx([0.5, 0.5])


def test_weights_of_an_example():
    weights = balanced_weights(np.array([0.64, 0.36, 0.0]), 0.5)
    assert weights == pytest.approx(np.array([1 / 0.8, 1 / 0.6, 0.0]) / 1.4)


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20).filter(any),
    st.floats(0, 1),
)
def test_what_is_taught_keeps_its_weight_on_the_whole(values, balance):
    shares = np.array(values) / sum(values)
    weights = balanced_weights(shares, balance)
    assert (shares * weights).sum() == pytest.approx(1)
    order = np.argsort(shares[shares > 0])
    assert (np.diff(weights[shares > 0][order]) <= 1e-9 * weights.max()).all()
    assert not weights[shares == 0].any()


def test_mistakes_of_the_teacher_do_not_teach_most():
    weights = balanced_weights(np.array([0.9989999, 0.001, 1e-7]), 0.5)
    assert weights[1] == pytest.approx(weights[2])
    assert weights[1] / weights[0] == pytest.approx(1000**0.5, rel=1e-3)


def test_nothing_taught_gives_no_weights():
    assert not balanced_weights(np.zeros(3), 0.5).any()
