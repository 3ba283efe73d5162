# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Losses that are not finite or explode are noticed, and nothing else is."""

import math
import random

import pytest

from thermal_depth_ros.training.engine.divergence import WINDOW, DivergenceDetector


def feed(detector, totals):
    return [detector.problem({'total': total}) for total in totals]


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_any_loss_that_is_not_finite_is_a_problem_from_the_first_step_on(value):
    detector = DivergenceDetector(0.0, 100)
    assert detector.problem({'total': 1.0, 'smooth': value}) == f'smooth is {value}'


def test_an_explosion_is_measured_against_the_median():
    detector = DivergenceDetector(10.0, 5)
    assert feed(detector, [1.0, 2.0, 3.0, 4.0, 5.0]) == [None] * 5
    assert detector.problem({'total': 30.0}) is None  # ten times the median of 3, not more
    problem = DivergenceDetector(10.0, 5)
    feed(problem, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert '10.3 times its running median 3' in problem.problem({'total': 31.0})


def test_nothing_is_compared_before_the_warm_up():
    detector = DivergenceDetector(2.0, 4)
    assert feed(detector, [1.0, 1.0, 1.0, 1e6]) == [None] * 4
    assert feed(detector, [1e6]) != [None]


def test_a_single_spike_does_not_raise_the_bar():
    detector = DivergenceDetector(10.0, 5)
    feed(detector, [1.0] * 20 + [9.0])
    assert detector.problem({'total': 11.0}) is not None


def test_losses_that_fall_for_a_long_time_are_compared_with_recent_ones():
    detector = DivergenceDetector(10.0, 5)
    feed(detector, [100.0] * WINDOW + [1.0] * WINDOW)
    assert detector.problem({'total': 50.0}) is not None


@pytest.mark.parametrize('totals', [[0.0] * 9, [-1.0] * 9])
def test_a_median_that_is_not_positive_says_nothing(totals):
    detector = DivergenceDetector(2.0, 3)
    assert feed(detector, [*totals, 5.0]) == [None] * 10


def test_a_new_stage_starts_without_history():
    detector = DivergenceDetector(2.0, 3)
    feed(detector, [1.0] * 9)
    detector.start_stage()
    assert feed(detector, [50.0, 60.0, 55.0, 70.0]) == [None] * 4


def test_its_state_continues_alike():
    numbers = random.Random(1)
    totals = [numbers.random() for _ in range(WINDOW + 40)]
    detector, other = DivergenceDetector(1.5, 3), DivergenceDetector(1.5, 3)
    feed(detector, totals)
    other.load_state(detector.state())
    more = [numbers.random() * 2 for _ in range(30)]
    assert feed(detector, more) == feed(other, more)
