# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trainings share the time that is left, whatever the earlier ones needed."""

from types import SimpleNamespace

import pytest

from thermal_depth_ros.training.adaptation import budget
from thermal_depth_ros.training.adaptation.budget import COMPARISONS, Budget, Plan

MATERIAL = SimpleNamespace(kind='rgb', spec=SimpleNamespace(networks_architecture=None))


def shared(now_s, deadline_s=1000.0, most_epochs=1000):
    """Return epochs and minutes of two trainings that start at these times."""
    plans = [Plan({'name': 'a'}, 50, 10.0), Plan({'name': 'b'}, 50, 20.0)]
    whole = Budget(plans, MATERIAL, 5.0, most_epochs, deadline_s)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for number, now in enumerate(now_s):
            patch.setattr(budget.time, 'monotonic', lambda now=now: now)
            values = whole.settings(number)
            found.append((values['epochs'], values['max_minutes']))
    return found


def test_two_trainings_have_half_of_the_time_each():
    """500 s each: less 6 comparisons of 5 s, 47 epochs of 10 s, and 23 of 20 s."""
    assert COMPARISONS == 6
    halves = [(47, pytest.approx(500 / 60, abs=1e-3)), (23, pytest.approx(500 / 60, abs=1e-3))]
    assert shared((0.0, 500.0)) == halves


def test_what_the_first_does_not_need_goes_to_the_second():
    first, second = shared((0.0, 100.0))
    assert second == (43, pytest.approx(900 / 60, abs=1e-3))  # 900 - 30 s are 43 epochs of 20 s


def test_there_is_always_an_epoch_and_a_limit():
    late = shared((0.0, 2000.0))[1]
    assert late[0] == 1 and late[1] > 0
    assert shared((0.0, 500.0), most_epochs=3)[0][0] == 3
