# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is due after which step, counted by hand for two stages of 2 and 3 epochs of 4 steps."""

import pytest

from thermal_depth_ros.training.engine.cadence import Cadence
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.order import Order
from thermal_depth_ros.training.engine.task import Stage

ORDER = Order((Stage('a', 2), Stage('b', 3)), 17, 4, 0)  # the seventeenth is left out
STAGES = {step: 0 if step <= 8 else 1 for step in range(1, 21)}


def due(what, **settings):
    cadence = Cadence(RunConfig(**settings), ORDER)
    by_stage = what in ('record', 'validation')
    return [
        step
        for step, stage in STAGES.items()
        if (getattr(cadence, what)(step, stage) if by_stage else getattr(cadence, what)(step))
    ]


def test_epochs_end():
    assert due('ends_epoch') == [4, 8, 12, 16, 20]


@pytest.mark.parametrize(
    ('every', 'steps'), [(0, []), (1, [4, 8, 12, 16, 20]), (2, [8, 16, 20]), (9, [8, 20])]
)
def test_validation_counts_epochs_within_a_stage(every, steps):
    assert due('validation', validate_every_epochs=every) == steps


def test_validation_by_steps_takes_no_heed_of_epochs():
    assert due('validation', validate_every_steps=7) == [7, 14]


def test_records_do_not_reach_over_a_stage():
    assert due('record', log_every_steps=6) == [6, 8, 12, 18, 20]


@pytest.mark.parametrize(('every', 'steps'), [(0, []), (8, [8, 16])])
def test_checkpoints(every, steps):
    assert due('checkpoint', checkpoint_every_steps=every) == steps


@pytest.mark.parametrize(('every', 'steps'), [(0, []), (8, [1, 8, 16])])
def test_pictures(every, steps):
    assert due('pictures', pictures_every_steps=every) == steps


@pytest.mark.parametrize(('most', 'end'), [(0, 20), (7, 7), (99, 20)])
def test_the_end(most, end):
    assert Cadence(RunConfig(max_steps=most), ORDER).end == end


def test_whether_there_is_validation_at_all():
    assert Cadence(RunConfig(), ORDER).validates
    assert Cadence(RunConfig(validate_every_epochs=0, validate_every_steps=3), ORDER).validates
    assert not Cadence(RunConfig(validate_every_epochs=0), ORDER).validates
