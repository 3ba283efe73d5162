# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What is due after which step, counted by hand for two stages of 2 and 3 epochs of 4 steps."""

import pytest

from thermal_depth_ros.training.engine import schedule
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.sampler import BatchSampler
from thermal_depth_ros.training.engine.schedule import RunTimer, Schedule
from thermal_depth_ros.training.engine.task import Stage

SAMPLER = BatchSampler((Stage('a', 2), Stage('b', 3)), 17, 4, 0)  # the seventeenth is left out
STAGES = {step: 0 if step <= 8 else 1 for step in range(1, 21)}


def due(what, **settings):
    made = Schedule(RunConfig(**settings), SAMPLER)
    by_stage = what in ('log', 'validation')
    return [
        step
        for step, stage in STAGES.items()
        if (getattr(made, what)(step, stage) if by_stage else getattr(made, what)(step))
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
    assert due('log', log_every_steps=6) == [6, 8, 12, 18, 20]


@pytest.mark.parametrize(('every', 'steps'), [(0, []), (8, [8, 16])])
def test_checkpoints(every, steps):
    assert due('checkpoint', checkpoint_every_steps=every) == steps


@pytest.mark.parametrize(('every', 'steps'), [(0, []), (8, [1, 8, 16])])
def test_pictures(every, steps):
    assert due('pictures', pictures_every_steps=every) == steps


@pytest.mark.parametrize(('most', 'end'), [(0, 20), (7, 7), (99, 20)])
def test_the_end(most, end):
    assert Schedule(RunConfig(max_steps=most), SAMPLER).end == end


def test_whether_there_is_validation_at_all():
    assert Schedule(RunConfig(), SAMPLER).validates
    assert Schedule(RunConfig(validate_every_epochs=0, validate_every_steps=3), SAMPLER).validates
    assert not Schedule(RunConfig(validate_every_epochs=0), SAMPLER).validates


def test_the_timer_knows_rate_and_end(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(schedule.time, 'monotonic', lambda: now[0])
    sampler = BatchSampler((Stage('a', 2), Stage('b', 3)), 40, 4, 0)  # 10 steps an epoch, 50 in all
    timer = RunTimer(Schedule(RunConfig(), sampler), earlier_s=7.0)
    for step in range(1, 26):
        now[0] += 0.5
        found = timer.progress(step, 0 if step <= 20 else 1, {'total': 1.0})
    assert found.samples_per_s == pytest.approx(8.0)
    assert found.eta_s == pytest.approx(12.5)
    assert found.elapsed_s == pytest.approx(7.0 + 12.5)
    assert (found.stage, found.epoch, found.epoch_step) == ('b', 1, 5)
    now[0] += 12.5  # a validation counts for the end, but not for the speed
    timer.restart_window()
    timer.progress(26, 1, {'total': 1.0})
    now[0] += 0.5
    found = timer.progress(27, 1, {'total': 1.0})
    assert found.samples_per_s == pytest.approx(8.0)
    assert found.eta_s == pytest.approx(23 * (12.0 + 12.5 + 0.5) / 26)


def test_a_limit_of_time_is_the_end(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(schedule.time, 'monotonic', lambda: now[0])
    sampler = BatchSampler((Stage('a', 100),), 4, 4, 0)
    timer = RunTimer(Schedule(RunConfig(max_minutes=1.0), sampler), earlier_s=50.0)
    assert not timer.time_is_up
    timer.progress(1, 0, {'total': 1.0})
    now[0] = 4.0
    assert timer.progress(2, 0, {'total': 1.0}).eta_s == pytest.approx(6.0)
    now[0] = 10.0
    assert timer.time_is_up
