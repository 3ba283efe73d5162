# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The order of samples is a function of seed and step, and shares make up the batch."""

import numpy as np
import pytest

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.training.engine.sampler import BatchSampler, SamplerPosition, shard
from thermal_depth_ros.training.engine.task import SampleKey, Stage

STAGES = (Stage('one', 2), Stage('two', 3))


def sampler(samples=11, batch=4, seed=7):
    return BatchSampler(STAGES, samples, batch, seed)


def test_lengths_leave_out_the_remainder():
    assert sampler().steps_per_epoch == 2
    assert sampler().total_steps == 10
    assert [sampler().first_step(i) for i in range(3)] == [0, 4, 10]


@pytest.mark.parametrize(
    ('step', 'position'),
    [
        (0, SamplerPosition(0, 0, 0, 0)),
        (3, SamplerPosition(0, 1, 1, 3)),
        (4, SamplerPosition(1, 0, 0, 4)),
        (9, SamplerPosition(1, 2, 1, 9)),
        (10, SamplerPosition(2, 0, 0, 10)),
    ],
)
def test_positions(step, position):
    assert sampler().position(step) == position


def test_an_epoch_has_every_sample_at_most_once_in_an_order_of_its_own():
    made = sampler(samples=12)
    epochs = [[key.index for s in range(3) for key in made.keys(3 * e + s)] for e in range(5)]
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 5


def test_the_order_depends_on_the_seed_alone():
    assert sampler().keys(5) == sampler().keys(5)
    assert sampler().keys(5) != sampler(seed=8).keys(5)
    assert all(key.seed == 7 and key.epoch == 2 for key in sampler().keys(5))


def test_shares_are_contiguous_and_complete():
    keys = sampler(batch=6).keys(0)
    assert [*shard(keys, 0, 3), *shard(keys, 1, 3), *shard(keys, 2, 3)] == keys
    assert shard(keys, 1, 3) == keys[2:4]


def test_random_numbers_of_a_sample_depend_on_its_key_alone():
    draws = {
        key: tuple(key.generator().integers(0, 2**40, 3))
        for key in (SampleKey(1, 0, 0), SampleKey(0, 1, 0), SampleKey(0, 0, 1), SampleKey(0, 0, 0))
    }
    assert len(set(draws.values())) == 4
    assert tuple(SampleKey(1, 0, 0).generator().integers(0, 2**40, 3)) == draws[SampleKey(1, 0, 0)]


@pytest.mark.parametrize(
    ('samples', 'stages', 'words'),
    [
        (3, STAGES, 'batch_size: 4 is more than the 3 samples'),
        (9, (Stage('one', 2), Stage('none', 0)), 'no epochs in none'),
        (9, (), 'nothing to train'),
    ],
)
def test_what_cannot_be_trained_is_reported(samples, stages, words):
    with pytest.raises(SettingsError, match=words):
        BatchSampler(stages, samples, 4, 0)


def test_positions_agree_with_first_steps_everywhere():
    made = sampler(samples=13, batch=3)
    for step in range(made.total_steps):
        place = made.position(step)
        again = (
            made.first_step(place.stage) + place.epoch * made.steps_per_epoch + place.step_in_epoch
        )
        assert again == step
        assert 0 <= place.epoch < STAGES[place.stage].epochs
    assert np.all(np.diff([made.position(s).stage for s in range(made.total_steps)]) >= 0)
