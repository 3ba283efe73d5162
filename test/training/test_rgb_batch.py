# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Which samples by day and by night make a pair."""

import numpy as np
import pytest

from thermal_depth_ros.training.rgb_batch import PairedSamples
from thermal_depth_ros.training.task import SampleKey


class Triplets:
    """Only the number of samples of a domain decides the pairs."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count


def epoch(by_day: int, by_night: int, number: int = 0) -> np.ndarray:
    """Return the pairs (N, 2) of an epoch."""
    pairs = PairedSamples(Triplets(by_day), Triplets(by_night))
    keys = [SampleKey(index, number, seed=3) for index in range(len(pairs))]
    return np.array([pairs.chosen(key, key.generator()) for key in keys])


@pytest.mark.parametrize(('by_day', 'by_night'), [(40, 40), (40, 13), (13, 40), (40, 1), (1, 40)])
def test_an_epoch_has_every_sample_of_the_larger_set_once_and_random_ones_of_the_other(
    by_day: int, by_night: int
) -> None:
    whole, drawn = (0, 1) if by_day >= by_night else (1, 0)
    pairs = epoch(by_day, by_night)
    assert pairs[:, whole].tolist() == list(range(40))
    smaller = min(by_day, by_night)
    assert 0 <= pairs[:, drawn].min() <= pairs[:, drawn].max() < smaller
    # 40 draws of 40 leave about 40 (1 - 1/e) = 25 different ones; far from one and from all.
    if smaller > 1:
        assert smaller / 3 < len(set(pairs[:, drawn].tolist())) < 36


def test_sets_of_equal_size_are_paired_anew_in_every_epoch() -> None:
    first, second = epoch(40, 40, 0), epoch(40, 40, 1)
    assert (first[:, 0] == first[:, 1]).mean() < 0.2
    assert (first[:, 1] == second[:, 1]).mean() < 0.2
